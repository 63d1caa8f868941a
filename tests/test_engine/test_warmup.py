"""Warm-up beside mmengine's schedulers."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS

from mmpose_lrfg.engine.hooks import WarmupHook
from mmpose_lrfg.utils.errors import UserError

SGD = Path(__file__).parents[2] / 'configs' / '_base_' / 'schedules' / 'sgd_80e.py'


def job(paramwise):
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1), torch.nn.BatchNorm2d(4))
    optimizer = dict(type='SGD', lr=0.01, momentum=0.937, weight_decay=5e-4)
    wrapper = build_optim_wrapper(model, dict(optimizer=optimizer, paramwise_cfg=paramwise))
    return SimpleNamespace(model=model, optim_wrapper=wrapper, iter=0, train_dataloader=range(4))


def test_rates_and_momentum_are_those_of_yolopose():
    """Its formula: interpolation over the warm-up, towards a cosine that moves by epoch."""
    epochs, length, warm = 8, 4, 2
    runner = job(dict(bias_decay_mult=0, norm_decay_mult=0))
    hook = WarmupHook(epochs=warm, bias_lr=0.1, momentum=0.8)
    hook.before_train(runner)
    scheduler = dict(Config.fromfile(SGD).param_scheduler[0], end=epochs)
    scheduler = PARAM_SCHEDULERS.build(scheduler, default_args=dict(optimizer=runner.optim_wrapper))
    for epoch in range(epochs):
        cosine = (1 - np.cos(epoch * np.pi / epochs)) / 2 * (0.2 - 1) + 1
        for runner.iter in range(epoch * length, (epoch + 1) * length):
            hook.before_train_iter(runner, 0)
            weights, biases, momentum = (
                np.interp(runner.iter, [0, warm * length], ends)
                for ends in ([0, 0.01 * cosine], [0.1, 0.01 * cosine], [0.8, 0.937])
            )
            for group in runner.optim_wrapper.optimizer.param_groups:
                of_bias = any(group['params'][0] is module.bias for module in runner.model)
                assert group['lr'] == pytest.approx(biases if of_bias else weights, rel=1e-6)
                assert group['momentum'] == pytest.approx(momentum)
            hook.after_train_iter(runner, 0)
        scheduler.step()


def test_without_groups_of_biases_it_says_so():
    with pytest.raises(UserError, match='no parameter groups that hold only biases'):
        WarmupHook().before_train(job({}))
