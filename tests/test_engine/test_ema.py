"""Averaged weights; those of a training are compared with the reference's elsewhere."""

from types import SimpleNamespace

import torch
from mmengine.hooks import EMAHook
from mmpose.engine.hooks.ema_hook import ExpMomentumEMA
from torch import nn

from mmpose_lrfg.engine.hooks.ema import FusedMomentumEMA, StepEMAHook


def test_the_averages_are_those_of_mmpose():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 1))
    settings = dict(momentum=0.01, gamma=5, interval=2, update_buffers=True)
    ours, theirs = FusedMomentumEMA(model, **settings), ExpMomentumEMA(model, **settings)
    for _ in range(7):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter))
        model(torch.randn(2, 3, 5, 5))  # moves the running means
        ours.update_parameters(model)
        theirs.update_parameters(model)
    assert ours.steps == theirs.steps == 7
    torch.testing.assert_close(ours.state_dict(), theirs.state_dict())
    assert not torch.equal(ours.module[0].weight, model[0].weight)


def test_one_update_per_optimizer_step(monkeypatch):
    updates = []
    monkeypatch.setattr(EMAHook, 'after_train_iter', lambda *args: updates.append(args[2]))
    hook = StepEMAHook('FusedMomentumEMA')
    for index, updated in enumerate((False, True, False, True)):
        optim_wrapper = SimpleNamespace(should_update=lambda updated=updated: updated)
        hook.after_train_iter(SimpleNamespace(optim_wrapper=optim_wrapper), index)
    assert updates == [1, 3]
