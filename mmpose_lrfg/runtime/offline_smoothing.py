"""Smooth keypoints of tracked people with the frames before and after, for videos in files.

Rauch, Tung, Striebel, "Maximum Likelihood Estimates of Linear Dynamic Systems", AIAA Journal 3(8),
1965.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .poses import ARRAYS, Poses

NOISE = 0.03
"""Standard deviation of a keypoint with a score of 1, in sizes of the person."""
LOWEST_SCORE = 0.05
"""The deviation is ``NOISE`` over the score, at least this one."""
DIFFUSE = 1e8
"""Variance of places and speeds before the first frame, in pixels."""


def smooth_video(
    frames: Sequence[Poses],
    seconds: Sequence[float],
    acceleration: float = 4.0,
    longest_gap: float = 0.5,
) -> list[Poses]:
    """Smooth the keypoints of people with ids; the result has no lag.

    Each keypoint counts by its score. People who are not found for a short time get smooth
    keypoints, and interpolated boxes and scores, in the frames between.

    Args:
        frames (Sequence[Poses]): Of all frames of a video.
        seconds (Sequence[float]): Times of the frames, increasing.
        acceleration (float): Standard deviation of the change of speed in a second, in sizes of
            the person (square root of the box's area) per second; lower is steadier.
        longest_gap (float): Longest time in seconds that is filled.

    Returns:
        list[Poses]: Of each frame. Poses without an id stay as they are; added ones come last.
    """
    places = defaultdict(list)  # of each id: (frame, row)
    for number, poses in enumerate(frames):
        for row, person in enumerate([] if poses.ids is None else poses.ids.tolist()):
            if person >= 0:
                places[person].append((number, row))
    times = np.asarray(seconds, float)
    keypoints, added = [poses.keypoints.copy() for poses in frames], defaultdict(list)
    for track in places.values():
        seen = times[[number for number, _ in track]]
        ends = np.flatnonzero(np.diff(seen) > longest_gap) + 1
        for part in np.split(np.arange(len(track)), ends):
            rows = dict(track[index] for index in part)
            numbers = np.arange(min(rows), max(rows) + 1)
            found = join([frames[number][row] for number, row in rows.items()])
            filled = interpolate(found, seen[part], times[numbers])
            sizes = np.sqrt((filled.boxes[:, 2:] - filled.boxes[:, :2]).clip(1).prod(axis=1))
            scores = filled.keypoint_scores.clip(LOWEST_SCORE)
            variances = (NOISE * sizes[:, None] / scores) ** 2
            variances[~np.isin(numbers, [*rows])] = np.inf
            densities = (acceleration * sizes) ** 2
            smooth = rts_smooth(times[numbers], filled.keypoints, variances, densities)
            for number, pose, points in zip(numbers.tolist(), range(len(filled)), smooth):
                if number in rows:
                    keypoints[number][rows[number]] = points
                else:
                    added[number].append(replace(filled[pose], keypoints=points[None]))
    smoothed = [replace(poses, keypoints=points) for poses, points in zip(frames, keypoints)]
    return [join([poses, *added[n]]) if n in added else poses for n, poses in enumerate(smoothed)]


def join(several: Sequence[Poses]) -> Poses:
    """Return all poses of one image, or of one person, in one."""
    arrays = {name: [getattr(poses, name) for poses in several] for name in ARRAYS}
    return replace(several[0], **{name: np.concatenate(each) for name, each in arrays.items()})


def interpolate(poses: Poses, seconds: np.ndarray, times: np.ndarray) -> Poses:
    """Interpolate the poses (N) of a person between their ``seconds`` (N,) at ``times`` (T,)."""
    if len(poses) == 1:
        return poses
    after = np.searchsorted(seconds, times).clip(1, len(poses) - 1)
    left, right = poses[after - 1], poses[after]
    share = (times - seconds[after - 1]) / (seconds[after] - seconds[after - 1])
    mixed = {}
    for name in ('boxes', 'scores', 'keypoints', 'keypoint_scores'):
        a, b = getattr(left, name), getattr(right, name)
        mixed[name] = a + share.reshape(-1, *[1] * (a.ndim - 1)) * (b - a)
    return replace(left, **mixed)


def rts_smooth(
    times: np.ndarray, values: np.ndarray, variances: np.ndarray, densities: np.ndarray
) -> np.ndarray:
    """Smooth K points in motion of constant speed with white acceleration.

    Args:
        times (ndarray): (T,) seconds.
        values (ndarray): (T, K, 2) measured places in pixels.
        variances (ndarray): (T, K) of the measurements; infinite where there is none.
        densities (ndarray): (T,) spectral density of the acceleration, pixels^2 / seconds^3.

    Returns:
        ndarray: (T, K, 2) the most likely places.
    """
    steps = np.diff(times, prepend=times[0])
    moves = np.zeros((len(times), 2, 2))  # of place and speed
    moves[:, [0, 1], [0, 1]], moves[:, 0, 1] = 1, steps
    noises = np.stack([steps**3 / 3, steps**2 / 2, steps**2 / 2, steps], axis=1)
    noises = (densities[:, None] * noises).reshape(-1, 2, 2)
    count = values.shape[1]
    states = np.zeros((len(times), count, 2, 2))  # (place, speed) by (x, y)
    covariances = np.zeros((len(times), count, 2, 2))
    guesses, spreads = states.copy(), covariances.copy()
    state = np.stack([values[0], np.zeros((count, 2))], axis=1)
    covariance = np.broadcast_to(DIFFUSE * np.eye(2), (count, 2, 2))
    for t, (move, noise) in enumerate(zip(moves, noises)):
        guesses[t] = move @ state
        spreads[t] = move @ covariance @ move.T + noise
        gain = spreads[t, :, :, :1] / (spreads[t, :, :1, :1] + variances[t, :, None, None])
        state = guesses[t] + gain * (values[t] - guesses[t, :, 0])[:, None]
        covariance = spreads[t] - gain * spreads[t, :, :1]
        states[t], covariances[t] = state, covariance
    for t in range(len(times) - 2, -1, -1):
        gain = covariances[t] @ moves[t + 1].T @ np.linalg.inv(spreads[t + 1])
        states[t] += gain @ (states[t + 1] - guesses[t + 1])
    return states[:, :, 0]
