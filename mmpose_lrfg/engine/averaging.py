"""Averaged weights, all tensors at a time."""

import math

import torch
from mmpose.engine.hooks.ema_hook import ExpMomentumEMA
from mmpose.registry import MODELS
from torch import nn


@MODELS.register_module()
class FusedMomentumEMA(ExpMomentumEMA):
    """``ExpMomentumEMA`` in a few operations, instead of two for each tensor of the network.

    A network of hundreds of layers has a thousand of them, and a GPU is done with each before the
    next is asked for. The averages are the same, but for rounding.

    Args: those of ``ExpMomentumEMA``.
    """

    def update_parameters(self, model: nn.Module) -> None:
        """Move the averages towards the weights of ``model``."""
        steps = int(self.steps)
        if steps == 0 or steps % self.interval or not self.update_buffers:
            super().update_parameters(model)
            return
        momentum = (1 - self.momentum) * math.exp(-(1 + steps) / self.gamma) + self.momentum
        pairs = zip(_floats(self.module), _floats(model), strict=True)
        averages, weights = zip(*((a, w.to(a.device)) for a, w in pairs))
        torch._foreach_lerp_(averages, weights, momentum)
        self.steps += 1


def _floats(model: nn.Module) -> list[torch.Tensor]:
    tensors = [*model.parameters(), *model.buffers()]
    return [tensor.detach() for tensor in tensors if tensor.is_floating_point()]
