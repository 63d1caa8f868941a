"""Predicts, tracks and writes all sources, with a progress line."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mmpose_lrfg.runtime import Poses, PoseSmoother, PoseTracker
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.progress import Progress

from .frames import Frame, Reconnection, count_frames, read_frames
from .model_specs import user_errors
from .sources import Source
from .threads import Background, Prefetch
from .video import Display
from .writer import ResultWriter

SHOWN = 5
"""Most names of skipped sources in the summary."""
IMAGE_RATE = 30.0
"""Images of a folder are tracked as a video with this many frames per second."""


@dataclass
class Summary:
    """Counts of a run.

    Attributes:
        frames: Images and frames that were predicted.
        people: Detections on them.
        skipped: Names of sources that cannot be decoded, and why.
        dropped: Frames of cameras that came too fast.
    """

    frames: int = 0
    people: int = 0
    skipped: dict[str, str] = field(default_factory=dict)
    dropped: int = 0

    def __str__(self) -> str:
        text = f'{self.people} people on {self.frames} images or frames'
        if self.dropped:
            text += f'; {self.dropped} more came too fast and were dropped'
        if self.skipped:
            names = ', '.join([*self.skipped][:SHOWN])
            more = ', ...' if len(self.skipped) > SHOWN else ''
            text += f'; {len(self.skipped)} skipped that cannot be decoded: {names}{more}'
        return text


class SourceTracker:
    """Tracks people through each video, each stream and the images of each folder.

    Args:
        kind (str): ``'bytetrack'`` or ``'ocsort'``.
        score_thr (float): See :class:`PoseTracker`.
        smooth (bool): Also smooth the keypoints.

    Attributes:
        detect_thr (float): Lowest score of the detections that it needs.

    Raises:
        UserError: If the tracker is unknown or its package is missing.
    """

    def __init__(self, kind: str, score_thr: float = 0.3, smooth: bool = False):
        with user_errors():
            self.tracker = PoseTracker(kind, score_thr)
        self.smoother = PoseSmoother() if smooth else None
        self.detect_thr = self.tracker.detect_thr
        self.scene: Path | None = None
        self.images = 0

    def __call__(self, frame: Frame, poses: Poses) -> Poses:
        """Assign ids to the poses of the next frame."""
        source = frame.source
        scene = source.path if source.video else source.path.parent
        if scene != self.scene:
            self.scene, self.images = scene, 0
            self.tracker.reset()
            if self.smoother:
                self.smoother.reset()
        seconds = frame.seconds if source.video else self.images / IMAGE_RATE
        self.images += 1
        poses = self.tracker(poses, seconds)
        return self.smoother(poses, seconds) if self.smoother else poses


@dataclass(frozen=True)
class RunOptions:
    """Options of a run.

    Args:
        batch_size (int): Images per call of the predictor; frames of a camera come alone.
        strict (bool): Raise for the first source that cannot be decoded instead of skipping it.
        stride (int): Take every ``stride``-th frame of videos and streams.
        tracker (Callable, optional): Frame and poses -> poses with ids, see
            :class:`SourceTracker`.
        display (Display, optional): Window in which q ends the run.
        reconnection (Reconnection, optional): For streams that break off.

    Raises:
        UserError: If a number is out of range.
    """

    batch_size: int = 8
    strict: bool = False
    stride: int = 1
    tracker: Callable[[Frame, Poses], Poses] | None = None
    display: Display | None = None
    reconnection: Reconnection | None = None

    def __post_init__(self):
        for name in ('batch_size', 'stride'):
            if getattr(self, name) < 1:
                raise UserError(f'{name} must be >= 1, got {getattr(self, name)}')


def predict_sources(
    predict: Callable[[Sequence[np.ndarray]], list[Poses]],
    sources: Sequence[Source],
    writer: ResultWriter,
    options: RunOptions | None = None,
    summary: Summary | None = None,
) -> Summary:
    """Predict and write all sources.

    One thread decodes, this one runs the network, and one draws and encodes.

    Args:
        predict (Callable): Images (H, W, 3) uint8 BGR -> their poses.
        sources (Sequence[Source]): Images, videos and streams.
        writer (ResultWriter): For the results; stays open.
        options (RunOptions, optional): Of the run.
        summary (Summary, optional): Updated during the run, so that it is valid after an error.

    Returns:
        Summary: Counts of the run.

    Raises:
        UserError: If a stream fails or nothing can be decoded; with ``strict``, if a source cannot
            be decoded. Results until then are written first.
    """
    options, summary = options or RunOptions(), summary or Summary()
    frames = read_frames(sources, options.stride, options.reconnection)
    batches = Prefetch(batched(frames, options.batch_size), droppable=lambda batch: batch[0].live)
    with (
        Progress('predicting', count_frames(sources, options.stride)) as progress,
        Background(writer.add) as write,
        batches,
    ):
        for batch in batches:
            for frame in batch:
                if frame.image is None:
                    if options.strict:
                        raise UserError(frame.source.problem)
                    summary.skipped[frame.source.name] = frame.source.problem
            good = [frame for frame in batch if frame.image is not None]
            for frame, poses in zip(good, predict([f.image for f in good]) if good else []):
                found = options.tracker(frame, poses) if options.tracker else poses
                write(frame, found)
                summary.frames += 1
                summary.people += len(found)
            summary.dropped = batches.dropped  # batches of one frame each
            done = summary.frames + len(summary.skipped)
            progress.update(done, text=f'{summary.people} people')
            if options.display and not options.display.refresh():
                break
    if not summary.frames and summary.skipped:
        first, *others = summary.skipped.values()
        raise UserError(first + (f', nor can any of the other {len(others)}' if others else ''))
    return summary


def batched(frames: Iterator[Frame], size: int) -> Iterator[list[Frame]]:
    """Yield lists of ``size`` frames, the last one shorter; a live frame comes alone, at once."""
    batch: list[Frame] = []
    for frame in frames:
        if frame.live and batch:
            yield batch
            batch = []
        batch.append(frame)
        if frame.live or len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
