"""Every line of the schedule in docs/training.md, on one or two iterations of a tiny network."""

import copy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tiny_training
import torch
from mmengine.config import Config
from mmengine.logging import MessageHub
from mmengine.model import convert_sync_batchnorm, revert_sync_batchnorm
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from mmpose.registry import HOOKS, MODELS

from mmpose_lrfg.engine.hooks import ChannelsLastHook, CompileHook
from mmpose_lrfg.models.data_preprocessors import RandomBatchResize
from mmpose_lrfg.utils.errors import UserError

SGD = Path(__file__).parents[2] / 'configs' / '_base_' / 'schedules' / 'sgd_80e.py'


@pytest.fixture(scope='module', autouse=True)
def _scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def wrapper(model, type='OptimWrapper', **changes):
    return build_optim_wrapper(
        model, dict(type=type, optimizer=dict(type='SGD', lr=0.01), **changes)
    )


def half(batch, part):
    return {name: values[part::2] for name, values in batch.items()}


def gradients(model):
    return {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


def test_two_halves_accumulate_to_a_step():
    """The mean gradient of both halves; weights move in the second iteration only."""
    whole, wanted = tiny_training.batch(images=4), []
    for part in range(2):
        model = tiny_training.build()
        sum(model.loss(**model.data_preprocessor(half(whole, part), True)).values()).backward()
        wanted.append(gradients(model))
    model = tiny_training.build()
    optim = wrapper(model, accumulative_counts=2)
    optim.initialize_count_status(model, 0, 10)
    before = {name: value.clone() for name, value in model.named_parameters()}
    model.train_step(half(whole, 0), optim)
    assert all(torch.equal(value, before[name]) for name, value in model.named_parameters())
    model.train_step(half(whole, 1), optim)
    for name, value in model.named_parameters():
        step = 0.01 * (wanted[0][name] + wanted[1][name]) / 2
        torch.testing.assert_close(before[name] - value, step, rtol=1e-3, atol=1e-5)


def test_gradients_are_clipped():
    model = tiny_training.build()
    optim = wrapper(model, clip_grad=dict(max_norm=1e-3))
    before = torch.nn.utils.parameters_to_vector(model.parameters()).detach().clone()
    model.train_step(tiny_training.batch(), optim)
    moved = torch.nn.utils.parameters_to_vector(model.parameters()).detach() - before
    assert 0 < moved.norm() <= 1.01e-3 * 0.01


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


def test_channels_last_changes_nothing_but_the_order():
    def step(hook):
        model, batch = tiny_training.build(), tiny_training.batch()
        if hook:
            hook.before_run(SimpleNamespace(model=model))
        orders = {
            p.is_contiguous(memory_format=torch.channels_last)
            for p in model.parameters()
            if p.ndim == 4 and min(p.shape[1:]) > 1
        }
        return model.train_step(batch, wrapper(model)), model.state_dict(), orders

    plain, plain_state, plain_orders = step(None)
    last, last_state, last_orders = step(ChannelsLastHook())
    assert plain_orders == {False} and last_orders == {True}
    for name, value in plain.items():
        torch.testing.assert_close(last[name], value, rtol=1e-4, atol=1e-4)
    assert plain_state.keys() == last_state.keys()


def test_compiled_parts_keep_their_names_and_values():
    model = torch.nn.ModuleDict(dict(backbone=torch.nn.Linear(2, 2), neck=torch.nn.Identity()))
    wanted, names = model['backbone'](torch.ones(1, 2)), set(model.state_dict())
    calls = []

    def backend(graph, inputs):
        calls.append(graph)
        return graph.forward

    logger = SimpleNamespace(info=lambda text: None)
    runner = SimpleNamespace(model=model, logger=logger)
    CompileHook(parts=['backbone'], backend=backend).before_train(runner)
    assert torch.equal(model['backbone'](torch.ones(1, 2)), wanted) and len(calls) == 1
    assert set(model.state_dict()) == names
    with pytest.raises(UserError, match='no part nek'):
        CompileHook(parts=['nek']).before_train(runner)


def test_sizes_are_multiples_of_64_and_follow_from_the_iteration():
    hub = MessageHub.get_instance('sizes')
    resize = dict(type='RandomBatchResize', random_size_range=(64, 256), interval=2)
    model = tiny_training.build(batch_augments=[resize])
    sizes = []
    for iteration in range(40):
        hub.update_info('iter', iteration)
        batch = tiny_training.batch(images=1)
        before = copy.deepcopy(batch['data_samples'][0].gt_instance_labels)
        out = model.data_preprocessor(batch, True)
        sizes.append(out['inputs'].shape[-1])
        ratio = sizes[-1] / tiny_training.SIDE
        after = out['data_samples'][0].gt_instance_labels
        torch.testing.assert_close(after.bboxes, before.bboxes * ratio)
        torch.testing.assert_close(after.keypoints, before.keypoints * ratio)
    assert set(sizes) == {64, 128, 192, 256} and sizes[::2] == sizes[1::2]
    again = RandomBatchResize((64, 256), interval=2)
    assert [again.size_at(i, 128, 128)[1] for i in range(40)] == sizes
    assert again.size_at(3, 64, 128)[1] == 2 * again.size_at(3, 64, 128)[0]
    # The network takes every size; evaluation keeps its own.
    losses = model.loss(**model.data_preprocessor(tiny_training.batch(images=1), True))
    assert all(torch.isfinite(value) for value in losses.values())
    assert model.data_preprocessor(tiny_training.batch(), False)['inputs'].shape[-1] == 128
    with pytest.raises(UserError, match='no multiple of 64'):
        RandomBatchResize((65, 127))


def test_sync_bn_takes_the_place_of_every_batch_norm():
    model = tiny_training.build()
    norms = sum(isinstance(m, torch.nn.BatchNorm2d) for m in model.modules())
    model = convert_sync_batchnorm(model, 'torch')
    assert sum(isinstance(m, torch.nn.SyncBatchNorm) for m in model.modules()) == norms > 50
    # Without several processes, or on a CPU, mmengine turns it back.
    revert_sync_batchnorm(model).train_step(tiny_training.batch(), wrapper(model))


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


def test_the_average_ramps_up():
    """1 - momentum - (1 - momentum) exp(-(1 + steps) / gamma), as YOLO's; buffers too."""
    cfg = next(hook for hook in Config.fromfile(SGD).custom_hooks if hook.type == 'StepEMAHook')
    hook = HOOKS.build({name: value for name, value in cfg.items() if name != 'priority'})
    source = torch.nn.BatchNorm1d(1)
    average = MODELS.build({**hook.ema_cfg, 'model': source})
    average.update_parameters(source)
    expected = 0.0
    for step in range(1, 4):
        source.running_mean.fill_(step)
        average.update_parameters(source)
        momentum = (1 - 1e-4) * np.exp(-(1 + step) / 2000) + 1e-4
        expected += momentum * (step - expected)
        assert average.module.running_mean.item() == pytest.approx(expected, rel=1e-5)
