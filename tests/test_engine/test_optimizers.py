import copy

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from torch import nn

from mmpose_lrfg.engine import optimizers  # noqa: F401  registers it

SETTINGS = dict(
    optimizer=dict(type='AdamW', lr=0.1, weight_decay=0.5),
    paramwise_cfg=dict(
        norm_decay_mult=0, bias_decay_mult=0, custom_keys={'2.weight': dict(lr_mult=0.1)}
    ),
)


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 1, 1)
    )


def test_few_groups_and_the_same_steps():
    plain, merged = network(), network()
    merged_settings = copy.deepcopy({**SETTINGS, 'constructor': 'MergedGroupsConstructor'})
    theirs = build_optim_wrapper(plain, copy.deepcopy(SETTINGS))
    ours = build_optim_wrapper(merged, merged_settings)
    assert len(theirs.optimizer.param_groups) == 8
    # Weights; those of a norm; biases; one with a rate of its own.
    assert sorted(len(group['params']) for group in ours.optimizer.param_groups) == [1, 1, 2, 4]
    images = torch.randn(2, 3, 5, 5)
    for _ in range(3):
        for model, optim in ((plain, theirs), (merged, ours)):
            optim.update_params(model(images).square().mean())
    for one, other in zip(plain.parameters(), merged.parameters()):
        torch.testing.assert_close(one, other)


def test_biases_stay_apart():
    ours = build_optim_wrapper(network(), {**SETTINGS, 'constructor': 'MergedGroupsConstructor'})
    biases = [g for g in ours.optimizer.param_groups if all(p.ndim == 1 for p in g['params'])]
    assert max(len(group['params']) for group in biases) == 4
