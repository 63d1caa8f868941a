"""Faster training of the same model: channels-last memory format, compiled parts."""

from collections.abc import Sequence

import torch
from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.engine.hooks.checkpoint import unwrapped
from mmpose_lrfg.utils.errors import UserError


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Keep weights, and so all feature maps, as (N, H, W, C) in memory.

    The results differ only by rounding, and checkpoints fit models without the hook. Most
    convolutions are faster in this format with mixed precision on recent GPUs, and on CPUs with
    oneDNN.
    """

    # Before EMAHook copies the model.
    priority = 'VERY_HIGH'

    def before_run(self, runner):
        """Convert the weights."""
        runner.model.to(memory_format=torch.channels_last)


@HOOKS.register_module()
class CompileHook(Hook):
    """``torch.compile`` the parts of fixed shape: backbone, neck and the head's layers.

    ``compile = True`` of mmengine compiles the whole step, whose assignment has another shape for
    every number of people, again and again. This hook leaves the losses uncompiled. Names in
    checkpoints do not change.

    Args:
        parts (Sequence[str]): Submodules of the model, dotted.
        **options: Those of ``torch.compile``, such as ``mode`` and ``backend``.

    Raises:
        UserError: If the model has no such part.
    """

    def __init__(self, parts: Sequence[str] = ('backbone', 'neck', 'head.head_module'), **options):
        self.parts = tuple(parts)
        self.options = options

    def before_train(self, runner):
        """Mark the parts for compilation in the first iteration."""
        model = unwrapped(runner.model)
        for name in self.parts:
            try:
                part = model.get_submodule(name)
            except AttributeError as error:
                raise UserError(f'CompileHook: the model has no part {name}') from error
            part.compile(**self.options)
        runner.logger.info(f'compiling {", ".join(self.parts)}: the first iteration takes long')
