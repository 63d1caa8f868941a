"""The One Euro filter, against what its equations promise."""

import numpy as np
import pytest

from mmpose_lrfg.runtime import Poses, PoseSmoother
from mmpose_lrfg.runtime.tracking import smoothing_factor

SIZE = 100.0
RATE = 30.0


def person(x, y=0.0, ids=(0,), size=SIZE):
    """One pose whose 17 keypoints lie at (x, y)."""
    points = np.broadcast_to(np.stack(np.broadcast_arrays(x, y), axis=-1), (1, 17, 2))
    return Poses([[0, 0, size, size]], [0.9], points, np.ones((1, 17)), ids=ids)


def smoothed(signal, size=SIZE, **options):
    """(T,) or (T, 17) x coordinates, frame after frame -> (T, 17)."""
    smoother = PoseSmoother(**options)
    return np.array(
        [smoother(person(x, size=size), n / RATE).keypoints[0, :, 0] for n, x in enumerate(signal)]
    )


def test_what_stands_still_stays():
    np.testing.assert_allclose(smoothed([37.25] * 20), 37.25, atol=1e-5)


def test_trembling_falls_and_its_mean_stays():
    noise = np.random.default_rng(0).normal(50, 1, (300, 17))
    found = smoothed(noise)[30:]
    assert found.var(axis=0).max() < 0.25 * noise[30:].var(axis=0).min()
    np.testing.assert_allclose(found.mean(axis=0), noise[30:].mean(axis=0), atol=0.15)
    # A lower cutoff is steadier.
    assert smoothed(noise, min_cutoff=0.3)[30:].var() < found.var()


@pytest.mark.parametrize('speed', [20.0, 300.0, 3000.0])
def test_even_motion_is_followed_with_a_bounded_lag(speed):
    ramp = speed * np.arange(300) / RATE
    for beta in (5.0, 1.0):
        lag = ramp[-1] - smoothed(ramp, beta=beta)[-1, 0]
        # Of a first-order filter: speed times its time constant.
        expected = speed / (2 * np.pi * (1 + beta * speed / SIZE))
        assert lag == pytest.approx(expected, rel=0.01)
        assert 0 < lag < SIZE / (2 * np.pi * beta)


def test_near_and_far_are_treated_alike():
    walk = np.cumsum(np.random.default_rng(1).normal(0, 1, (50, 17)), axis=0)
    near = smoothed(10 * walk, size=10 * SIZE)
    np.testing.assert_allclose(near, 10 * smoothed(walk), rtol=1e-4, atol=1e-3)


def test_the_frame_rate_hardly_matters():
    """Every third frame, three times as far apart, with a cutoff that is fixed."""
    wave = 30 * np.sin(np.arange(90) / 20)
    every = smoothed(wave, beta=0)[60:, 0]
    smoother = PoseSmoother(beta=0)
    third = [smoother(person(wave[n]), n / RATE).keypoints[0, 0, 0] for n in range(0, 90, 3)][20:]
    np.testing.assert_allclose(third, every[::3], atol=2.5)
    assert smoothing_factor(1 / RATE, 1e9) == pytest.approx(1)


def test_who_was_lost_starts_afresh():
    smoother = PoseSmoother(lost_seconds=0.5)
    smoother(person(0), 0.0)
    assert smoother(person(10), 0.1).keypoints[0, 0, 0] < 9
    smoother(Poses.empty(), 0.4)
    assert smoother(person(20), 0.5).keypoints[0, 0, 0] < 19
    assert smoother(person(90), 1.1).keypoints[0, 0, 0] == 90
    smoother.reset()
    assert smoother(person(5), 1.2).keypoints[0, 0, 0] == 5


def test_everybody_has_a_filter_and_order_does_not_matter():
    smoother = PoseSmoother()
    a, b = np.full((17, 2), 10.0), np.full((17, 2), 500.0)
    box = [[0, 0, 9, 9]] * 3

    def pair(points, ids):
        return Poses(box[: len(ids)], [0.5] * len(ids), points, np.ones((len(ids), 17)), ids=ids)

    smoother(pair([a, b], [3, 7]), 0.0)
    found = smoother(pair([b, a, a + 40], [7, 3, -1]), 0.1).keypoints
    np.testing.assert_allclose(found[:2], [b, a], atol=1e-4)
    np.testing.assert_array_equal(found[2], a + 40)  # without an id it stays
    assert smoother(Poses.empty(), 0.2).ids is None


def test_scores_boxes_and_the_poses_given_stay():
    smoother, given = PoseSmoother(), person(80)
    smoother(person(0), 0)
    found = smoother(given, 0.1)
    assert given.keypoints[0, 0, 0] == 80 > found.keypoints[0, 0, 0]
    assert (found.boxes == given.boxes).all() and (found.scores == given.scores).all()
    with pytest.raises(ValueError, match='> 0 Hz'):
        PoseSmoother(min_cutoff=0)
