"""Stops a training whose loss is not finite, before a checkpoint is written."""

import math

from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.utils.errors import UserError


@HOOKS.register_module()
class NonFiniteLossHook(Hook):
    """Raise an error when a loss item is infinite or NaN, before any checkpoint is written.

    Args:
        patience (int): Tolerated number of such iterations in a row. More than 0 is useful only
            where a loss scaler skips the step (mixed precision).

    Raises:
        UserError: With the iteration, the items, and the last good checkpoint.
    """

    # As RuntimeInfoHook, which is registered before.
    priority = 'VERY_HIGH'

    def __init__(self, patience: int = 0):
        self.patience = patience
        self.in_a_row = 0

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Check the losses that ``RuntimeInfoHook`` has copied from the GPU before."""
        scalars = runner.message_hub.log_scalars
        values = {name: scalars[f'train/{name}'].current() for name in outputs or ()}
        bad = {name: value for name, value in values.items() if not math.isfinite(value)}
        self.in_a_row = self.in_a_row + 1 if bad else 0
        if self.in_a_row <= self.patience:
            return
        shown = ', '.join(f'{name} = {value}' for name, value in bad.items())
        last = runner.message_hub.runtime_info.get('last_ckpt')
        kept = f'the last good checkpoint is {last}' if last else 'no checkpoint was written yet'
        raise UserError(
            f'the loss is not finite at epoch {runner.epoch + 1}, iteration {runner.iter + 1} '
            f'({shown}); {kept}. Try a lower learning rate, gradient clipping '
            f'(optim_wrapper.clip_grad), or training without --amp'
        )
