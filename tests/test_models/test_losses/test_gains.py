import pytest

from mmpose_lrfg.models.losses import gain_factors


@pytest.mark.parametrize(
    ('levels', 'classes', 'side', 'expected'),
    [
        (4, 1, 640, dict(bbox=0.0375, obj=0.75, cls=0.0046875, kpt=0.1, vis=0.0046875)),
        (4, 1, 960, dict(bbox=0.0375, obj=1.6875, cls=0.0046875, kpt=0.1, vis=0.0046875)),
        (3, 80, 640, dict(bbox=0.05, obj=1.0, cls=0.5, kpt=0.1, vis=0.5)),
        (3, 2, 1280, dict(bbox=0.05, obj=4.0, cls=0.0125, kpt=0.1, vis=0.0125)),
    ],
)
def test_effective_gains_are_those_of_yolopose(levels, classes, side, expected):
    gains = dict(bbox=0.05, obj=1.0, cls=0.5, kpt=0.1, vis=0.5)
    factors = gain_factors(levels, classes, side**2)
    effective = {name: gain * factors[f'loss_{name}'] for name, gain in gains.items()}
    assert effective == pytest.approx(expected)
