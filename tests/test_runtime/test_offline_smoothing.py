"""The smoother against the solution of all its equations at once, gaps, and what stays."""

import numpy as np
import pytest

from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime.offline_smoothing import NOISE, rts_smooth, smooth_video

RNG = np.random.default_rng(0)


def most_likely(times, values, variances, densities):
    """Places (T,) that maximise the probability: least squares in places and speeds, dense."""
    count = len(times)
    rows, right = [], []
    for t in range(count):
        if np.isfinite(variances[t]):
            row = np.zeros(2 * count)
            row[2 * t] = variances[t] ** -0.5
            rows.append(row)
            right.append(values[t] * variances[t] ** -0.5)
    for t in range(1, count):
        d = times[t] - times[t - 1]
        noise = densities[t] * np.array([[d**3 / 3, d**2 / 2], [d**2 / 2, d]])
        white = np.linalg.inv(np.linalg.cholesky(noise))
        block = np.zeros((2, 2 * count))
        block[:, 2 * t - 2 : 2 * t] = -white @ [[1, d], [0, 1]]
        block[:, 2 * t : 2 * t + 2] = white
        rows += list(block)
        right += [0, 0]
    return np.linalg.lstsq(np.array(rows), np.array(right), rcond=None)[0][::2]


def test_the_smoother_solves_the_least_squares():
    times = np.cumsum(RNG.uniform(0.01, 0.2, 30))
    values = RNG.normal(200, 30, (30, 3, 2))
    variances = RNG.uniform(1, 100, (30, 3))
    variances[[7, 8, 20]] = np.inf
    densities = RNG.uniform(100, 1e4, 30)
    found = rts_smooth(times, values, variances, densities)
    for point in range(3):
        for axis in range(2):
            expected = most_likely(times, values[:, point, axis], variances[:, point], densities)
            np.testing.assert_allclose(found[:, point, axis], expected, atol=1e-3)


def walk(noise, frames=120, rate=25.0, scores=1.0):
    """A person of size 100 who goes to and fro by 150 pixels; frames, times, true x (T, 17)."""
    times = np.arange(frames) / rate
    true = np.tile(300 + 150 * np.sin(3 * times)[:, None], 17) + np.arange(17)
    points = np.stack([true, np.full_like(true, 50)], axis=2) + noise * RNG.normal(
        0, 1, (frames, 17, 2)
    )
    scores = np.broadcast_to(scores, (frames, 17))
    people = [
        Poses([[x - 50, 0, x + 50, 100]], [0.9], p[None], s[None], ids=[3])
        for x, p, s in zip(true[:, 0], points, scores)
    ]
    return people, times, true


def xs(frames):
    return np.array([poses.keypoints[0, :, 0] for poses in frames])


def test_noise_falls_without_a_lag():
    frames, times, true = walk(noise=100 * NOISE)
    found = xs(smooth_video(frames, times))
    assert np.std(found - true) < 0.6 * np.std(xs(frames) - true)
    assert np.std(np.diff(found - true, 2, axis=0)) < 0.15 * np.std(
        np.diff(xs(frames) - true, 2, axis=0)
    )
    speed = np.gradient(true, times, axis=0)
    lag = -((found - true) * speed).sum() / (speed**2).sum()
    assert abs(lag) < 0.003, 'seconds'
    back = xs(smooth_video(frames[::-1], times))[::-1]
    np.testing.assert_allclose(back, found, atol=0.2)  # forwards as backwards
    # Keypoints with low scores follow the others in time.
    scores = np.ones((120, 17))
    scores[60, 4] = 0.05
    frames, times, true = walk(noise=0, scores=scores)
    frames[60].keypoints[0, 4, 0] += 80
    assert abs(xs(smooth_video(frames, times)) - true).max() < 4


def test_short_gaps_are_filled_and_long_ones_are_not():
    frames, times, true = walk(noise=0)
    nobody = frames[0][:0]
    for number in (*range(40, 46), *range(80, 100)):
        frames[number] = nobody
    found = smooth_video(frames, times, longest_gap=0.5)
    assert [len(poses) for poses in found] == [1] * 80 + [0] * 20 + [1] * 20
    np.testing.assert_allclose(xs(found[40:46]), true[40:46], atol=3)
    filled = found[42]
    assert filled.ids.tolist() == [3] and filled.scores[0] == pytest.approx(0.9)
    middle = true[39, 0] + 3 / 7 * (true[46, 0] - true[39, 0])
    assert filled.boxes[0] == pytest.approx([middle - 50, 0, middle + 50, 100], abs=0.01)


def test_everything_else_stays():
    frames, times, _ = walk(noise=3, frames=9)
    other = Poses([[0, 0, 9, 9]], [0.5], np.ones((1, 17, 2)), np.ones((1, 17)), ids=[-1])
    frames[4] = Poses(
        *(np.concatenate([getattr(p, name) for p in (other, frames[4])])
          for name in ('boxes', 'scores', 'keypoints', 'keypoint_scores')), ids=[-1, 3]
    )  # fmt: skip
    before = [poses.keypoints.copy() for poses in frames]
    found = smooth_video(frames, times)
    assert all((poses.keypoints == points).all() for poses, points in zip(frames, before))
    assert (found[4].keypoints[0] == 1).all() and (found[4].keypoints[1] != before[4][1]).any()
    for old, new in zip(frames, found):
        assert (old.boxes == new.boxes).all() and (old.scores == new.scores).all()
    assert smooth_video([other[:0]], [0.0])[0].ids.shape == (0,)
    lonely = smooth_video(frames[:1], [0.0])[0]
    assert (lonely.keypoints == frames[0].keypoints).all()
    untracked = Poses.from_coco([])
    assert smooth_video([untracked], [0.0])[0].ids is None
