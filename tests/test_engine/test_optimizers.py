"""Merged groups of parameters; bfloat16; the schedule's weight decay."""

import copy
from pathlib import Path

import pytest
import tiny_training
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from torch import nn

from mmpose_lrfg.engine import optimizers  # noqa: F401  registers them

SGD = Path(__file__).parents[2] / 'configs' / '_base_' / 'schedules' / 'sgd_80e.py'
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


def wrapper(model, type='OptimWrapper', **changes):
    optimizer = dict(type='SGD', lr=0.01)
    return build_optim_wrapper(model, dict(type=type, optimizer=optimizer, **changes))


def test_bfloat16_leaves_losses_and_weights_in_float32():
    model, batch = tiny_training.build(), tiny_training.batch()
    seen = {}
    model.backbone.register_forward_hook(lambda m, i, out: seen.update(feature=out[0].dtype))
    level_losses = model.head.level_losses

    def spy(*args):
        losses = level_losses(*args)
        seen.update(losses={value.dtype for value in losses.values()}, raw=args[1].dtype)
        seen.update(autocast=torch.is_autocast_enabled('cpu'))
        return losses

    model.head.level_losses = spy
    losses = model.train_step(batch, wrapper(model, 'BFloat16OptimWrapper'))
    assert seen['feature'] == torch.bfloat16 and seen['losses'] == {torch.float32}
    assert seen['raw'] == torch.float32 and not seen['autocast']
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    exact = tiny_training.build()
    wanted = exact.train_step(batch, wrapper(exact))
    for name, value in wanted.items():
        torch.testing.assert_close(losses[name], value, rtol=0.05, atol=0.1)


def test_a_step_with_gradients_that_are_not_finite_is_left_out():
    model, batch = tiny_training.build(), tiny_training.batch()
    optim = wrapper(model, 'BFloat16OptimWrapper', clip_grad=dict(max_norm=10))
    weights = torch.nn.utils.parameters_to_vector(model.parameters()).detach().clone()
    breaks = model.head.head_module.keypoints[0].bias.register_hook(lambda g: g * float('inf'))
    model.train_step(batch, optim)
    after = torch.nn.utils.parameters_to_vector(model.parameters()).detach().clone()
    assert torch.equal(after, weights)
    breaks.remove()
    model.train_step(batch, optim)
    after = torch.nn.utils.parameters_to_vector(model.parameters()).detach()
    assert after.isfinite().all() and not torch.equal(after, weights)


def test_weight_decay_is_for_the_weights_of_convolutions():
    cfg = Config.fromfile(SGD).optim_wrapper
    model = tiny_training.build()
    decay = {
        id(p): group['weight_decay']
        for group in build_optim_wrapper(model, cfg).optimizer.param_groups
        for p in group['params']
    }
    convolutions = {id(m.weight): 5e-4 for m in model.modules() if isinstance(m, torch.nn.Conv2d)}
    assert len(convolutions) > 50
    assert decay == {id(p): convolutions.get(id(p), 0.0) for p in model.parameters()}
