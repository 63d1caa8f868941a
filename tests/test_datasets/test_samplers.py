from collections import Counter

import pytest
from mmengine.dataset import DefaultSampler

from mmpose_lrfg.datasets.samplers import RepeatedSampler


def test_every_image_as_often_and_passes_one_after_the_other():
    sampler = RepeatedSampler(range(7), seed=3, passes=4)
    indices = list(sampler)
    assert len(indices) == len(sampler) == 28
    passes = [indices[i : i + 7] for i in range(0, 28, 7)]
    assert all(Counter(one) == Counter(range(7)) for one in passes)
    assert len({tuple(one) for one in passes}) == 4


def test_epochs_go_on_with_the_orders_of_mmengine():
    plain, sampler = DefaultSampler(range(9), seed=1), RepeatedSampler(range(9), seed=1, passes=2)
    expected = []
    for epoch in range(4):
        plain.set_epoch(epoch)
        expected += list(plain)
    found = []
    for epoch in range(2):
        sampler.set_epoch(epoch)
        found += list(sampler)
        assert sampler.epoch == epoch
    assert found == expected


def test_no_pass_is_none():
    with pytest.raises(ValueError, match='passes must be positive'):
        RepeatedSampler(range(3), passes=0)
