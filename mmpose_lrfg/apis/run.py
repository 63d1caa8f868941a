"""Predicts and tracks the frames of all sources, and writes them with a progress line."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mmpose_lrfg.runtime import Poses, PoseSmoother, PoseTracker, Skeleton
from mmpose_lrfg.utils.errors import UserError, nearest
from mmpose_lrfg.utils.progress import Progress

from .frames import Frame, count_frames, read_frames, seconds_of
from .offline import smooth_frames
from .sources import Source
from .threads import Prefetch, background
from .video import Display
from .writer import ResultWriter

Predict = Callable[[Sequence[np.ndarray]], list[Poses]]

MAX_NAMES = 5  # in a message


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
            names = _list([*self.skipped])
            text += f'; {len(self.skipped)} skipped that cannot be decoded: {names}'
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
        self.tracker = PoseTracker(kind, score_thr)
        self.smoother = PoseSmoother() if smooth else None
        self.detect_thr = self.tracker.detect_thr
        self.scene: Path | None = None
        self.images = 0

    def __call__(self, frame: Frame, poses: Poses) -> Poses:
        """Assign ids to the poses of the next frame."""
        scene = frame.source.scene
        if scene != self.scene:
            self.scene, self.images = scene, 0
            self.tracker.reset()
            if self.smoother:
                self.smoother.reset()
        seconds = seconds_of(frame, self.images)
        self.images += 1
        poses = self.tracker(poses, seconds, frame.image)
        return self.smoother(poses, seconds) if self.smoother else poses


def prepare(
    predictor, score_thr: float | None, track: str | None, smooth: bool
) -> tuple[Predict, SourceTracker | None]:
    """Set the score threshold of a predictor, and create the tracker.

    Args:
        predictor (PoseEstimator | PosePredictor): The loaded network.
        score_thr (float, optional): Lowest score of a detection (default: the network's
            ``recommended_score_thr``).
        track (str, optional), smooth (bool): Of :class:`SourceTracker`.
    """
    if score_thr is None:
        score_thr = predictor.recommended_score_thr
    if not track:
        return predictor.at_score_thr(score_thr), None
    tracker = SourceTracker(track, score_thr, smooth)
    return predictor.at_score_thr(tracker.detect_thr), tracker


def predict_frames(
    predict: Predict,
    frames: Generator[Frame],
    summary: Summary,
    batch_size: int = 8,
    strict: bool = False,
    tracker: SourceTracker | None = None,
    classes: Sequence[int] | None = None,
) -> Iterator[tuple[Frame, Poses]]:
    """Predict frame after frame; another thread decodes ahead.

    Args:
        predict (Callable): Images (H, W, 3) uint8 BGR -> their poses.
        frames (Generator): Of images, videos and streams.
        summary (Summary): Updated during the run, so that it is valid after an error.
        batch_size (int): Images per call of the predictor; frames of a camera come alone.
        strict (bool): Raise for the first source that cannot be decoded instead of skipping it.
        tracker (SourceTracker, optional): Adds ids to the poses.
        classes (Sequence[int], optional): Labels to keep.

    Raises:
        UserError: If a stream fails or nothing can be decoded.
    """
    batches = Prefetch(batched(frames, batch_size), droppable=lambda batch: batch[0].live)
    with batches:
        for batch in batches:
            good = [frame for frame in batch if frame.image is not None]
            for source in (frame.source for frame in batch if frame.image is None):
                if strict:
                    raise UserError(source.problem)
                summary.skipped[source.name] = source.problem
            summary.dropped = batches.dropped  # batches of one frame each
            for frame, poses in zip(good, predict([frame.image for frame in good])):
                found = poses if classes is None else poses[np.isin(poses.labels, classes)]
                found = tracker(frame, found) if tracker else found
                summary.frames += 1
                summary.people += len(found)
                yield frame, found
    if not summary.frames and summary.skipped:
        first, *others = summary.skipped.values()
        raise UserError(first + (f', nor can any of the other {len(others)}' if others else ''))


def predict_sources(
    predict: Predict,
    sources: Sequence[Source],
    writer: ResultWriter,
    summary: Summary,
    stride: int = 1,
    display: Display | None = None,
    offline: bool = False,
    **options,
) -> None:
    """Predict and write all sources; a third thread draws and encodes.

    Args:
        predict, summary: See :func:`predict_frames`.
        sources (Sequence[Source]): Images, videos and streams.
        writer (ResultWriter): For the results; stays open.
        stride (int): Take every ``stride``-th frame of videos and streams.
        display (Display, optional): Window in which q ends the run.
        offline (bool): Smooth tracked people with the frames before and after.
        options: Other arguments of :func:`predict_frames`.

    Raises:
        UserError: If a stream fails or nothing can be decoded, after the results are written.
    """
    total, written = count_frames(sources, stride), 0
    with (
        Progress('predicting', total and total * (2 if offline else 1)) as progress,
        background(writer.add) as write,
        closing(predict_frames(predict, read_frames(sources, stride), summary, **options)) as found,
    ):

        def report():
            done = summary.frames + len(summary.skipped) + (written if offline else 0)
            progress.update(done, text=f'{summary.people} people')

        again = smooth_frames(found, read_frames(sources, stride), report) if offline else found
        for frame, poses in again:
            write(frame, poses)
            written += 1
            report()
            if display and not display.refresh():
                break


def find_classes(names: Sequence[str] | None, skeleton: Skeleton) -> list[int] | None:
    """Return the labels of classes by their names; None for all.

    Raises:
        UserError: If the model has no such class.
    """
    for name in names or ():
        if name not in skeleton.classes:
            hint = nearest(name, skeleton.classes)
            raise UserError(f'the model has no class {name}, only {_list(skeleton.classes)}.{hint}')
    return [skeleton.classes.index(name) for name in names] if names else None


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


def _list(names: Sequence[str]) -> str:
    return ', '.join([*names[:MAX_NAMES], *(['...'] if len(names) > MAX_NAMES else [])])
