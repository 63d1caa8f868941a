"""What makes the same network train faster: another order in memory, compiled parts."""

from collections.abc import Sequence

import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmpose.registry import HOOKS

from mmpose_lrfg.utils.errors import UserError


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Keep weights, and so all feature maps, as (N, H, W, C) in memory.

    Convolutions pass the order of their weights on; the results differ in rounding alone, and
    checkpoints fit networks without the hook. With mixed precision on recent GPUs, and on CPUs
    with oneDNN, most convolutions are faster so.
    """

    # Before EMAHook copies the model.
    priority = 'VERY_HIGH'

    def before_run(self, runner):
        """Reorder."""
        runner.model.to(memory_format=torch.channels_last)


@HOOKS.register_module()
class CompileHook(Hook):
    """``torch.compile`` the parts of fixed shape: backbone, neck and the head's layers.

    ``compile = True`` of mmengine compiles the whole step, whose assignment has another shape for
    every number of people: it compiles again and again, for minutes. This hook leaves the losses
    as they are. Names in checkpoints do not change.

    Args:
        parts (Sequence[str]): Submodules of the model, dotted.
        **options: Those of ``torch.compile``, such as ``mode`` and ``backend``.

    Raises:
        UserError: If the model has no such part, or this torch cannot compile.
    """

    def __init__(self, parts: Sequence[str] = ('backbone', 'neck', 'head.head_module'), **options):
        self.parts = tuple(parts)
        self.options = options

    def before_train(self, runner):
        """Mark the parts; the first iteration compiles."""
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        for name in self.parts:
            try:
                part = model.get_submodule(name)
            except AttributeError as error:
                raise UserError(f'CompileHook: the model has no part {name}') from error
            if not hasattr(part, 'compile'):
                raise UserError(f'CompileHook needs torch 2.2; this is {torch.__version__}')
            part.compile(**self.options)
        runner.logger.info(f'compiling {", ".join(self.parts)}: the first iteration takes long')
