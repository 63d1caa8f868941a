"""Merged groups of parameters; bfloat16."""

import copy

import pytest
import tiny_training
import torch
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from torch import nn
from torch.nn.utils import parameters_to_vector

from mmpose_lrfg.engine import optimizers  # noqa: F401  registers them


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def test_few_groups_and_the_same_steps():
    torch.manual_seed(0)
    plain = nn.Sequential(
        nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 1, 1)
    )
    merged = copy.deepcopy(plain)
    settings = dict(
        optimizer=dict(type='AdamW', lr=0.1, weight_decay=0.5),
        paramwise_cfg=dict(
            norm_decay_mult=0, bias_decay_mult=0, custom_keys={'2.weight': dict(lr_mult=0.1)}
        ),
    )
    theirs = build_optim_wrapper(plain, copy.deepcopy(settings))
    ours = build_optim_wrapper(merged, settings | dict(constructor='MergedGroupsConstructor'))
    groups = [{id(p) for p in group['params']} for group in ours.optimizer.param_groups]
    assert len(theirs.optimizer.param_groups) == 8
    # Weights; those of a norm; biases; one with a rate of its own.
    assert sorted(map(len, groups)) == [1, 1, 2, 4]
    assert {id(p) for name, p in merged.named_parameters() if name.endswith('bias')} in groups
    images = torch.randn(2, 3, 5, 5)
    for _ in range(3):
        for model, optim in ((plain, theirs), (merged, ours)):
            optim.update_params(model(images).square().mean())
    torch.testing.assert_close(list(plain.parameters()), list(merged.parameters()))


def wrapper(model, type='OptimWrapper', **changes):
    return build_optim_wrapper(
        model, dict(type=type, optimizer=dict(type='SGD', lr=0.01), **changes)
    )


def test_bfloat16_leaves_losses_and_weights_in_float32():
    model, exact, batch = tiny_training.build(), tiny_training.build(), tiny_training.batch()
    seen = {}
    model.backbone.register_forward_hook(lambda m, i, out: seen.update(feature=out[0].dtype))
    level_losses = model.head.level_losses

    def spy(*args):
        seen.update(raw=args[1].dtype, autocast=torch.is_autocast_enabled('cpu'))
        return level_losses(*args)

    model.head.level_losses = spy
    losses = model.train_step(batch, wrapper(model, 'BFloat16OptimWrapper'))
    assert seen == dict(feature=torch.bfloat16, raw=torch.float32, autocast=False)
    assert {value.dtype for value in [*losses.values(), *model.parameters()]} == {torch.float32}
    expected = exact.train_step(batch, wrapper(exact))
    torch.testing.assert_close(losses, expected, rtol=0.05, atol=0.1)


def test_a_step_with_gradients_that_are_not_finite_is_left_out():
    model, batch = tiny_training.build(), tiny_training.batch()
    optim = wrapper(model, 'BFloat16OptimWrapper', clip_grad=dict(max_norm=10))
    before = parameters_to_vector(model.parameters()).detach().clone()
    breaks = model.head.head_module.keypoints[0].bias.register_hook(lambda g: g * float('inf'))
    model.train_step(batch, optim)
    assert torch.equal(parameters_to_vector(model.parameters()), before)
    breaks.remove()
    model.train_step(batch, optim)
    after = parameters_to_vector(model.parameters()).detach()
    assert after.isfinite().all() and not torch.equal(after, before)
