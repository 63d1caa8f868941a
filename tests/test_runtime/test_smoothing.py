"""The One Euro filter, against what its equations promise."""

import numpy as np
import pytest

from mmpose_lrfg.runtime import Poses, PoseSmoother

SIZE = 100.0
RATE = 30.0


def people(*places, ids=(0,), size=SIZE):
    """One pose for each place: a number or 17 numbers, the x coordinates of its keypoints."""
    points = np.zeros((len(places), 17, 2))
    points[..., 0] = np.stack([np.broadcast_to(x, 17) for x in places])
    scores = np.ones((len(places), 17))
    return Poses([[0, 0, size, size]] * len(places), scores[:, 0], points, scores, ids=ids)


def smoothed(signal, size=SIZE, rate=RATE, **options):
    """(T,) or (T, 17) x coordinates, frame after frame -> (T, 17)."""
    smoother = PoseSmoother(**options)
    frames = [smoother(people(x, size=size), n / rate) for n, x in enumerate(signal)]
    return np.stack([poses.keypoints[0, :, 0] for poses in frames])


def test_trembling_falls_and_its_mean_stays():
    noise = np.random.default_rng(0).normal(50, 1, (300, 17))
    found = smoothed(noise)[30:]
    assert found.var(axis=0).max() < 0.25 * noise[30:].var(axis=0).min()
    np.testing.assert_allclose(found.mean(axis=0), noise[30:].mean(axis=0), atol=0.15)
    # A lower cutoff is steadier.
    assert smoothed(noise, min_cutoff=0.3)[30:].var() < found.var()


@pytest.mark.parametrize('speed', [0.0, 20.0, 300.0, 3000.0])
@pytest.mark.parametrize('beta', [5.0, 1.0])
def test_even_motion_is_followed_with_a_bounded_lag(speed, beta):
    ramp = speed * np.arange(300) / RATE
    lag = ramp[-1] - smoothed(ramp, beta=beta)[-1, 0]
    # Of a first-order filter: speed times its time constant.
    expected = speed / (2 * np.pi * (1 + beta * speed / SIZE))
    assert lag == pytest.approx(expected, rel=0.01)
    assert lag < SIZE / (2 * np.pi * beta)


def test_near_and_far_are_treated_alike():
    walk = np.cumsum(np.random.default_rng(1).normal(0, 1, (50, 17)), axis=0)
    near = smoothed(10 * walk, size=10 * SIZE)
    np.testing.assert_allclose(near, 10 * smoothed(walk), rtol=1e-4, atol=1e-3)


def test_who_was_lost_starts_afresh():
    smoother = PoseSmoother(lost_seconds=0.5)
    smoother(people(0), 0.0)
    assert smoother(people(10), 0.1).keypoints[0, 0, 0] < 9
    assert smoother(Poses.from_coco([]), 0.4).ids is None
    assert smoother(people(20), 0.5).keypoints[0, 0, 0] < 19
    assert smoother(people(90), 1.1).keypoints[0, 0, 0] == 90
    smoother.reset()
    assert smoother(people(5), 1.2).keypoints[0, 0, 0] == 5


def test_everybody_has_a_filter_and_the_rest_stays():
    smoother = PoseSmoother()
    smoother(people(10, 500, ids=[3, 7]), 0.0)
    given = people(500, 20, 50, ids=[7, 3, -1])
    found = smoother(given, 0.1)
    assert found.keypoints[0, 0, 0] == pytest.approx(500)
    assert 10 < found.keypoints[1, 0, 0] < 20 == given.keypoints[1, 0, 0]
    assert (found.keypoints[2] == given.keypoints[2]).all()  # without an id
    assert (found.boxes == given.boxes).all() and (found.scores == given.scores).all()
    with pytest.raises(ValueError, match='> 0 Hz'):
        PoseSmoother(min_cutoff=0)
