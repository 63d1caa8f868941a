"""Steadies the keypoints of followed people: the One Euro filter.

Casiez, Roussel, Vogel, "1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy Input in
Interactive Systems", CHI 2012. A low-pass filter whose cutoff rises with the speed: what stands
still does not tremble, what moves does not lag.
"""

from dataclasses import dataclass, replace

import numpy as np

from .poses import Poses


def smoothing_factor(seconds: float, cutoff):
    """Weight of a new value, ``seconds`` after the one before, for a cutoff in Hz (eq. 1, 5)."""
    turned = 2 * np.pi * cutoff * seconds
    return turned / (turned + 1)


@dataclass
class Track:
    """What the filter remembers of a person's K keypoints.

    Args:
        seconds (float): When they were seen last.
        raw (ndarray): (K, 2), as they were measured then.
        smooth (ndarray): (K, 2), as they were returned.
        speed (ndarray): (K, 2), smoothed, in pixels a second.
    """

    seconds: float
    raw: np.ndarray
    smooth: np.ndarray
    speed: np.ndarray


class PoseSmoother:
    """Filters every keypoint of everybody who has an id; takes frame after frame.

    Speeds are counted in sizes of the person (the square root of the box's area) a second, so that
    one setting serves near and far. Then a keypoint that moves evenly lags behind by less than
    1 / (2 pi ``beta``) sizes, whatever its speed.

    Args:
        min_cutoff (float): Cutoff in Hz of what stands still; lower is steadier.
        beta (float): Hz of cutoff for each size a second; higher lags less.
        speed_cutoff (float): Cutoff in Hz of the speed itself.
        lost_seconds (float): Who was gone for longer starts afresh.
    """

    def __init__(
        self,
        min_cutoff: float = 1.0,
        beta: float = 5.0,
        speed_cutoff: float = 1.0,
        lost_seconds: float = 0.5,
    ):
        if min_cutoff <= 0 or speed_cutoff <= 0 or beta < 0:
            raise ValueError('cutoffs are above 0 Hz, and beta is 0 or more')
        self.min_cutoff, self.beta, self.speed_cutoff = min_cutoff, beta, speed_cutoff
        self.lost_seconds = lost_seconds
        self.tracks: dict[int, Track] = {}

    def __call__(self, poses: Poses, seconds: float) -> Poses:
        """The poses of the next frame with steady keypoints; boxes and scores stay.

        Args:
            poses (Poses): With ids; those without stay as they are.
            seconds (float): When the frame was taken.
        """
        self.tracks = {
            person: track
            for person, track in self.tracks.items()
            if seconds - track.seconds <= self.lost_seconds
        }
        if poses.ids is None:
            return poses
        keypoints = poses.keypoints.copy()
        sides = np.maximum(poses.boxes[:, 2:] - poses.boxes[:, :2], 1)
        for index, person in enumerate(poses.ids.tolist()):
            if person >= 0:
                size = float(np.sqrt(sides[index].prod()))
                keypoints[index] = self._follow(person, keypoints[index], size, seconds)
        return replace(poses, keypoints=keypoints)

    def _follow(self, person: int, raw: np.ndarray, size: float, seconds: float) -> np.ndarray:
        """Smooth keypoints (K, 2) of one person."""
        raw = raw.astype(float)
        track = self.tracks.get(person)
        if track is None or seconds <= track.seconds or not np.isfinite(track.smooth).all():
            track = Track(seconds, raw, raw, np.zeros_like(raw))
        else:
            passed = seconds - track.seconds
            weight = smoothing_factor(passed, self.speed_cutoff)
            speed = track.speed + weight * ((raw - track.raw) / passed - track.speed)
            pace = np.linalg.norm(speed, axis=1, keepdims=True) / size
            weight = smoothing_factor(passed, self.min_cutoff + self.beta * pace)
            smooth = track.smooth + weight * (raw - track.smooth)
            track = Track(seconds, raw, smooth, speed)
        self.tracks[person] = track
        return track.smooth

    def reset(self) -> None:
        """Forget everybody."""
        self.tracks.clear()
