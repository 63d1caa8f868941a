"""Averaged weights: one update per optimizer step, all tensors at once."""

import math

import torch
from mmengine.hooks import EMAHook
from mmpose.engine.hooks.ema_hook import ExpMomentumEMA
from mmpose.registry import HOOKS, MODELS
from torch import nn

from mmpose_lrfg.engine.hooks.checkpoint import average_buffers


@HOOKS.register_module()
class StepEMAHook(EMAHook):
    """``EMAHook`` that skips the iterations in which gradients are only accumulated.

    mmengine's hook updates in every iteration: with gradients of k iterations a step, the decay
    per step is the decay to the power of k.
    """

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Update the averages if this iteration ended with an optimizer step."""
        if runner.optim_wrapper.should_update():
            super().after_train_iter(runner, batch_idx, data_batch, outputs)

    def after_train_epoch(self, runner):
        """Average the buffers, which differ between processes, before they are saved."""
        average_buffers(self.ema_model.module)


@MODELS.register_module()
class FusedMomentumEMA(ExpMomentumEMA):
    """``ExpMomentumEMA`` that updates all tensors in one operation instead of two operations each.

    A GPU executes the thousand small operations of a deep network faster than they are launched.
    The averages are the same up to rounding.
    """

    def update_parameters(self, model: nn.Module) -> None:
        """Move the averages towards the weights of ``model``."""
        steps = int(self.steps)
        if steps == 0 or steps % self.interval or not self.update_buffers:
            super().update_parameters(model)
            return
        momentum = (1 - self.momentum) * math.exp(-(1 + steps) / self.gamma) + self.momentum
        averages, weights = _floats(self.module), _floats(model)
        device = averages[0].device
        torch._foreach_lerp_(averages, [weight.to(device) for weight in weights], momentum)
        self.steps += 1


def _floats(model: nn.Module) -> list[torch.Tensor]:
    tensors = [*model.parameters(), *model.buffers()]
    return [tensor.detach() for tensor in tensors if tensor.is_floating_point()]
