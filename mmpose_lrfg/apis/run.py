"""Predicts, tracks and writes all sources, with a progress line."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mmpose_lrfg.runtime import Poses, PoseSmoother, PoseTracker
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.progress import Progress

from .frames import Frame, count_frames, read_frames
from .model_specs import user_errors
from .sources import Source
from .threads import Prefetch, background
from .video import Display
from .writer import ResultWriter

MAX_NAMES = 5  # of skipped sources in the summary
IMAGE_RATE = 30.0  # frames per second, with which the images of a folder are tracked


@dataclass
class Summary:
    """Counts of a run."""

    frames: int = 0  # images and frames that were predicted
    people: int = 0  # detections on them
    skipped: dict[str, str] = field(default_factory=dict)  # sources without an image, and why
    dropped: int = 0  # frames of cameras that came too fast

    def __str__(self) -> str:
        text = f'{self.people} people on {self.frames} images or frames'
        if self.dropped:
            text += f'; {self.dropped} more came too fast and were dropped'
        if self.skipped:
            names = ', '.join([*self.skipped][:MAX_NAMES])
            more = ', ...' if len(self.skipped) > MAX_NAMES else ''
            text += f'; {len(self.skipped)} skipped that cannot be decoded: {names}{more}'
        return text


class SourceTracker:
    """Tracks people through each video, each stream and the images of each folder.

    Args:
        kind, score_thr: See :class:`PoseTracker`.
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


def predict_sources(
    predict: Callable[[Sequence[np.ndarray]], list[Poses]],
    sources: Sequence[Source],
    writer: ResultWriter,
    summary: Summary,
    batch_size: int = 8,
    stride: int = 1,
    strict: bool = False,
    tracker: SourceTracker | None = None,
    display: Display | None = None,
) -> None:
    """Predict and write all sources.

    One thread decodes, this one runs the network, and one draws and encodes.

    Args:
        predict (Callable): Images (H, W, 3) uint8 BGR -> their poses.
        sources (Sequence[Source]): Images, videos and streams.
        writer (ResultWriter): For the results; stays open.
        summary (Summary): Updated during the run, so that it is valid after an error.
        batch_size (int): Images per call of the predictor; frames of a camera come alone.
        stride (int): Take every ``stride``-th frame of videos and streams.
        strict (bool): Raise for the first source that cannot be decoded instead of skipping it.
        tracker (SourceTracker, optional): Adds ids to the poses.
        display (Display, optional): Window in which q ends the run.

    Raises:
        UserError: If a stream fails or nothing can be decoded, after the results are written.
    """
    batches = Prefetch(
        batched(read_frames(sources, stride), batch_size), droppable=lambda batch: batch[0].live
    )
    with (
        Progress('predicting', count_frames(sources, stride)) as progress,
        background(writer.add) as write,
        batches,
    ):
        for batch in batches:
            good = [frame for frame in batch if frame.image is not None]
            for source in (frame.source for frame in batch if frame.image is None):
                if strict:
                    raise UserError(source.problem)
                summary.skipped[source.name] = source.problem
            for frame, poses in zip(good, predict([frame.image for frame in good])):
                found = tracker(frame, poses) if tracker else poses
                write(frame, found)
                summary.frames += 1
                summary.people += len(found)
            summary.dropped = batches.dropped  # batches of one frame each
            done = summary.frames + len(summary.skipped)
            progress.update(done, text=f'{summary.people} people')
            if display and not display.refresh():
                break
    if not summary.frames and summary.skipped:
        first, *others = summary.skipped.values()
        raise UserError(first + (f', nor can any of the other {len(others)}' if others else ''))


def batched(frames: Iterable[Frame], size: int) -> Iterator[list[Frame]]:
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
