"""Optimizer wrapper in bfloat16, and few groups of parameters."""

import logging
import math
from contextlib import contextmanager

import torch
from mmengine.logging import print_log
from mmengine.optim import DefaultOptimWrapperConstructor, OptimWrapper
from mmengine.runner.amp import autocast
from mmpose.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS
from torch import nn

from mmpose_lrfg.utils.errors import UserError


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """``OptimWrapper`` with the forward pass under autocast to bfloat16, on CPUs too.

    bfloat16 has the range of float32, so that losses need no scaling. Weights, gradients, losses
    and the optimizer stay in float32. Where gradients are clipped, a step whose gradients are not
    finite is skipped and logged, as ``AmpOptimWrapper`` does.

    Raises:
        UserError: If the GPU has no bfloat16.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if torch.cuda.is_available() and not torch.cuda.is_bf16_supported():
            raise UserError('this GPU has no bfloat16; use AmpOptimWrapper (--amp) instead')

    @contextmanager
    def optim_context(self, model):
        """Synchronise gradients as ``OptimWrapper`` does, and autocast."""
        with super().optim_context(model), autocast(dtype=torch.bfloat16):
            yield

    def step(self, **kwargs):
        """Clip as configured and step, unless the norm of the gradients is not finite."""
        if self.clip_grad_kwargs:
            self._clip_grad()
            # Clipping by value computes no norm.
            norms = self.message_hub.log_scalars.get(f'train/{self.grad_name}')
            norm = norms.current() if norms else 0.0
            if not math.isfinite(norm):
                text = f'a step was skipped: the norm of the gradients is {norm}'
                print_log(text, 'current', logging.WARNING)
                return
        self.optimizer.step(**kwargs)


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class MergedGroupsConstructor(DefaultOptimWrapperConstructor):
    """``DefaultOptimWrapperConstructor`` that merges groups of parameters with the same settings.

    With ``paramwise_cfg`` the base class makes a group of every parameter, and a fused optimizer
    one step per group. Groups of biases are not merged with others: :class:`WarmupHook` needs
    them.
    """

    def add_params(self, params: list[dict], module: nn.Module, prefix='', is_dcn_module=None):
        """Append the groups of a module; merge all groups when the whole model is done."""
        super().add_params(params, module, prefix, is_dcn_module)
        if prefix:
            return
        biases = {id(p) for name, p in module.named_parameters() if name.endswith('.bias')}
        merged: dict[tuple, dict] = {}
        for group in params:
            settings = {name: value for name, value in group.items() if name != 'params'}
            of_biases = all(id(p) in biases for p in group['params'])
            key = (of_biases, *sorted((name, repr(value)) for name, value in settings.items()))
            merged.setdefault(key, {'params': [], **settings})['params'] += group['params']
        params[:] = merged.values()
