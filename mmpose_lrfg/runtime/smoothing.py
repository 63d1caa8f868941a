"""Smooth keypoints of tracked people.

One Euro filter: Casiez, Roussel, Vogel, "1 Euro Filter: A Simple Speed-based Low-pass Filter for
Noisy Input in Interactive Systems", CHI 2012.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .poses import Poses


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
