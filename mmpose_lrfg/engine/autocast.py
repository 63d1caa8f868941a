"""Mixed precision in bfloat16, on CPUs too."""

import logging
import math
from contextlib import contextmanager

import torch
from mmengine.logging import print_log
from mmengine.optim import OptimWrapper
from mmengine.runner.amp import autocast
from mmpose.registry import OPTIM_WRAPPERS

from mmpose_lrfg.utils.errors import UserError


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """``OptimWrapper`` with the forward pass under autocast to bfloat16.

    bfloat16 has the range of float32: no loss needs scaling, which is all that mmengine's
    ``AmpOptimWrapper``, for GPUs alone, has beyond this. Weights, gradients, losses and the
    optimizer stay in float32. Where gradients are clipped, a step whose gradients are not finite is
    left out, as ``AmpOptimWrapper`` does, and the log says so.

    Args: those of ``OptimWrapper``.

    Raises:
        UserError: If the GPU has no bfloat16.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if torch.cuda.is_available() and not torch.cuda.is_bf16_supported():
            raise UserError('this GPU has no bfloat16; take AmpOptimWrapper (--amp) instead')

    @contextmanager
    def optim_context(self, model):
        """Synchronise gradients as ``OptimWrapper`` does, and autocast."""
        with super().optim_context(model), autocast(dtype=torch.bfloat16):
            yield

    def step(self, **kwargs):
        """Clip as configured and step, unless the gradients are infinite or not numbers."""
        if self.clip_grad_kwargs:
            self._clip_grad()
            # Clipping by value tells no norm.
            told = self.message_hub.log_scalars.get(f'train/{self.grad_name}')
            norm = told.current() if told else 0.0
            if not math.isfinite(norm):
                print_log(f'a step was left out: gradients are {norm}', 'current', logging.WARNING)
                return
        self.optimizer.step(**kwargs)
