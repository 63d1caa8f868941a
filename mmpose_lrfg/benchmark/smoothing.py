"""Smoothing of keypoints on rendered videos, in which the true keypoints are known."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from mmpose_lrfg.runtime import Poses, PoseSmoother, smooth_video
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.tables import Column, Table

from .tracking import Video, track

LEAST_IOU = 0.5  # of a track and a true person


@dataclass
class Differences:
    """Differences between keypoints and the true ones, in sizes of the person, of all videos."""

    errors: list[np.ndarray]  # distances
    changes: list[np.ndarray]  # second differences from frame to frame
    behind: float = 0.0  # sums, whose ratio is the lag in seconds
    speed: float = 0.0

    def add(self, given: np.ndarray, true: np.ndarray, sizes: np.ndarray, step: float) -> None:
        """Add a person in T >= 3 successive frames, ``step`` seconds apart.

        Args:
            given (ndarray): (T, K, 2) keypoints.
            true (ndarray): (T, K, 2), NaN where they are not annotated.
            sizes (ndarray): (T, 1, 1) sizes of the person in pixels.
        """
        error = (given - true) / sizes
        self.errors.append(np.linalg.norm(error, axis=2))
        change = np.diff(given - true, 2, axis=0) / sizes[1:-1]
        self.changes.append(np.linalg.norm(change, axis=2))
        speed = (true[2:] - true[:-2]) / (2 * step) / sizes[1:-1]
        self.behind -= np.nansum(error[1:-1] * speed)
        self.speed += np.nansum(speed**2 * np.isfinite(error[1:-1]))

    def summary(self) -> dict[str, float]:
        """Return error and jitter in percent of the size, and the lag in milliseconds."""
        errors, changes = (
            100 * np.concatenate([each.ravel() for each in values])
            for values in (self.errors, self.changes)
        )
        values = dict(error=np.nanmean(errors), median=np.nanmedian(errors))
        values |= dict(jitter=np.nanmean(changes), lag=1000 * self.behind / self.speed)
        return {name: float(value) for name, value in values.items()}


def compare_smoothing(videos: Iterator[Video], kind: str, score_thr: float) -> Table:
    """Track the people of all videos with the tracker ``kind``, and smooth their keypoints.

    Raises:
        UserError: If no person is tracked in three successive frames.
    """
    names = ('none', '--smooth', '--smooth-offline')
    found = {name: Differences([], []) for name in names}
    for video in videos:
        tracks, smoother = track(video, kind, score_thr), PoseSmoother()
        causal = [smoother(poses, time) for poses, time in zip(tracks, video.seconds)]
        results = dict(zip(names, (tracks, causal, smooth_video(tracks, video.seconds))))
        for people in runs(video.truth, tracks):
            frames, rows, true = zip(*people)
            sizes = np.array([tracks[n].boxes[row] for n, row in zip(frames, rows)])
            sizes = np.sqrt((sizes[:, 2:] - sizes[:, :2]).clip(1).prod(axis=1))[:, None, None]
            for name, result in results.items():
                given = np.array([result[n].keypoints[row] for n, row in zip(frames, rows)])
                step = video.seconds[1] - video.seconds[0]
                found[name].add(given, np.array(true), sizes, step)
    if not found['none'].errors:
        raise UserError(
            'no person is tracked in three successive frames: take more --frames or a lower '
            '--score-thr'
        )
    rows = [dict(smoothing=name, **each.summary()) for name, each in found.items()]
    columns = [Column('mean error, %', 'error', '.2f'), Column('median error, %', 'median', '.2f')]
    columns += [Column('jitter, %', 'jitter', '.2f'), Column('lag, ms', 'lag', '.1f')]
    return Table(rows, ['smoothing', *columns])


def runs(truth: Sequence[Poses], tracks: Sequence[Poses]) -> Iterator[list[tuple]]:
    """Yield each track of a true person in three or more frames: (frame, row, true keypoints)."""
    from trackers.eval import box_iou

    people = defaultdict(list)
    for frame, (true, poses) in enumerate(zip(truth, tracks)):
        overlaps = box_iou(true.boxes.astype(float), poses.boxes.astype(float))
        for one, row in zip(*linear_sum_assignment(-overlaps)):
            if overlaps[one, row] >= LEAST_IOU:
                known = true.keypoint_scores[one, :, None] > 0
                points = np.where(known, true.keypoints[one], np.nan)
                people[poses.ids[row], true.ids[one]].append((frame, row, points))
    for person in people.values():
        ends = np.flatnonzero(np.diff([frame for frame, *_ in person]) > 1) + 1
        for start, end in zip([0, *ends], [*ends, len(person)]):
            if end - start > 2:
                yield person[start:end]
