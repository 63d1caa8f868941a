"""Poses in videos: ids from frame to frame, and smooth keypoints.

ByteTrack: Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box",
ECCV 2022. OC-SORT: Cao et al., "Observation-Centric SORT", CVPR 2023. Both from the package
``trackers`` (Apache-2.0). One Euro filter: Casiez, Roussel, Vogel, "1 Euro Filter: A Simple
Speed-based Low-pass Filter for Noisy Input in Interactive Systems", CHI 2012.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .metadata import ModelError
from .poses import Poses

TRACKERS = {'bytetrack': 'ByteTrackTracker', 'ocsort': 'OCSORTTracker'}
LOW_SCORE = 0.1
"""ByteTrack continues tracks with detections down to this score, mostly occluded people."""
ACTIVATION = 0.1
"""ByteTrack starts a track only this much above the score threshold (section 4.1)."""


class PoseTracker:
    """Assigns ids to the poses of successive frames by their boxes.

    An id is assigned in the second frame (OC-SORT: the third) that shows a person, and is -1
    before. A person who was lost for ``lost_seconds`` gets another id.

    Args:
        kind (str): ``'bytetrack'`` or ``'ocsort'``.
        score_thr (float): Score from which a detection may start a track. ByteTrack also needs the
            detections down to :attr:`detect_thr`, with which it continues tracks.
        lost_seconds (float): Longest time out of sight.

    Raises:
        ModelError: If the tracker is unknown or its package is not installed.

    Examples:
        >>> tracker = PoseTracker('bytetrack')
        >>> for number, frame in enumerate(frames):
        ...     poses = tracker(estimator(frame), number / 30)
        ...     print(poses.ids)
    """

    def __init__(self, kind: str = 'bytetrack', score_thr: float = 0.3, lost_seconds: float = 1.0):
        if kind not in TRACKERS:
            raise ModelError(f'unknown tracker {kind}; choose from {", ".join(TRACKERS)}')
        try:
            import supervision
            import trackers
        except ImportError as error:
            raise ModelError(
                'tracking needs two packages: pip install trackers supervision'
            ) from error
        self.detections = supervision.Detections
        self.score_thr = self.detect_thr = score_thr
        options = {}
        if kind == 'bytetrack':
            self.detect_thr = min(LOW_SCORE, score_thr)
            options['track_activation_threshold'] = min(score_thr + ACTIVATION, 0.95)
        self.tracker = getattr(trackers, TRACKERS[kind])(
            lost_track_buffer=round(lost_seconds * 30),  # in thirtieths of a second
            frame_rate=30.0,  # for which the noise of the motion model is set
            high_conf_det_threshold=score_thr,
            **options,
        )
        self.last = -np.inf

    def __call__(self, poses: Poses, seconds: float) -> Poses:
        """Assign ids to the poses of the next frame.

        Args:
            poses (Poses): Of the frame.
            seconds (float): Time of the frame; should be later than the one before.

        Returns:
            Poses: In the same order, those with an id or a score >= ``score_thr``.
        """
        if seconds <= self.last:
            seconds = self.last + 1e-3  # a camera's clock may stand still
        self.last = seconds
        detections = self.detections(
            xyxy=poses.boxes.astype(float),
            confidence=poses.scores.astype(float),
            class_id=poses.labels,
            data={'index': np.arange(len(poses))},
        )
        found = self.tracker.update(detections, timestamp=seconds)
        ids = np.full(len(poses), -1)
        if len(found):  # in another order
            ids[found.data['index']] = found.tracker_id
        return replace(poses, ids=ids)[(ids >= 0) | (poses.scores >= self.score_thr)]

    def reset(self) -> None:
        """Forget all tracks; ids start from 0 again."""
        self.tracker.reset()
        self.last = -np.inf


class Track(NamedTuple):
    """State of the filter for the K keypoints of a person."""

    seconds: float  # of the last frame
    raw: np.ndarray  # (K, 2), measured in it
    smooth: np.ndarray  # (K, 2), returned for it
    speed: np.ndarray  # (K, 2), smoothed, in pixels per second


class PoseSmoother:
    """One Euro filter on every keypoint of every person with an id.

    The cutoff of this low-pass filter rises with the speed: standing people do not jitter, moving
    ones do not lag. Speeds are in sizes of the person (square root of the box's area) per second,
    so that one setting fits near and far. A keypoint in even motion lags by less than
    1 / (2 pi ``beta``) sizes.

    Args:
        min_cutoff (float): Cutoff in Hz without motion; lower is steadier.
        beta (float): Additional cutoff in Hz per size and second; higher lags less.
        speed_cutoff (float): Cutoff in Hz of the speed itself.
        lost_seconds (float): A person who was lost for longer starts a new filter.

    Raises:
        ValueError: If a cutoff is not > 0, or ``beta`` is negative.
    """

    def __init__(
        self,
        min_cutoff: float = 1.0,
        beta: float = 5.0,
        speed_cutoff: float = 1.0,
        lost_seconds: float = 0.5,
    ):
        if min_cutoff <= 0 or speed_cutoff <= 0 or beta < 0:
            raise ValueError('cutoffs must be > 0 Hz and beta >= 0')
        self.min_cutoff, self.beta, self.speed_cutoff = min_cutoff, beta, speed_cutoff
        self.lost_seconds = lost_seconds
        self.tracks: dict[int, Track] = {}

    def __call__(self, poses: Poses, seconds: float) -> Poses:
        """Smooth the keypoints of the next frame; boxes and scores stay.

        Args:
            poses (Poses): With ids; poses without an id stay as they are.
            seconds (float): Time of the frame.
        """
        tracks = self.tracks.items()
        self.tracks = {k: t for k, t in tracks if seconds - t.seconds <= self.lost_seconds}
        if poses.ids is None:
            return poses
        keypoints = poses.keypoints.copy()
        sides = np.maximum(poses.boxes[:, 2:] - poses.boxes[:, :2], 1)
        for index, person in enumerate(poses.ids.tolist()):
            if person >= 0:
                size = float(np.sqrt(sides[index].prod()))
                keypoints[index] = self._smooth(person, keypoints[index], size, seconds)
        return replace(poses, keypoints=keypoints)

    def _smooth(self, person: int, raw: np.ndarray, size: float, seconds: float) -> np.ndarray:
        """Filter the keypoints (K, 2) of one person."""
        raw = raw.astype(float)
        last = self.tracks.get(person)
        if last is None or seconds <= last.seconds or not np.isfinite(last.smooth).all():
            self.tracks[person] = Track(seconds, raw, raw, np.zeros_like(raw))
            return raw
        passed = seconds - last.seconds
        weight = smoothing_factor(passed, self.speed_cutoff)
        speed = last.speed + weight * ((raw - last.raw) / passed - last.speed)
        pace = np.linalg.norm(speed, axis=1, keepdims=True) / size
        weight = smoothing_factor(passed, self.min_cutoff + self.beta * pace)
        smooth = last.smooth + weight * (raw - last.smooth)
        self.tracks[person] = Track(seconds, raw, smooth, speed)
        return smooth

    def reset(self) -> None:
        """Forget all people."""
        self.tracks.clear()


def smoothing_factor(seconds: float, cutoff):
    """Return the weight of a new value, ``seconds`` after the last, at a cutoff in Hz (eq. 5)."""
    angle = 2 * np.pi * cutoff * seconds
    return angle / (angle + 1)
