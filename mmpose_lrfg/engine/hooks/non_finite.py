"""Stops a training whose loss is no longer a number, before a checkpoint is spoilt."""

import math

from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.engine.hooks.losses import loss_items
from mmpose_lrfg.utils.errors import UserError


@HOOKS.register_module()
class NonFiniteLossHook(Hook):
    """Raise when a loss item is infinite or not a number.

    The check comes right after the iteration and before any checkpoint is written, so the last
    checkpoint on disk is a good one.

    Args:
        patience (int): How many such iterations in a row are tolerated. More than 0 only makes
            sense where a loss scaler skips the step (mixed precision). Defaults to 0.

    Raises:
        UserError: With the iteration, the items, and the checkpoint to go on from.
    """

    priority = 'VERY_HIGH'

    def __init__(self, patience: int = 0):
        self.patience = patience
        self.in_a_row = 0

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Look at every item of ``outputs``."""
        bad = {k: v for k, v in loss_items(outputs).items() if not math.isfinite(v)}
        self.in_a_row = self.in_a_row + 1 if bad else 0
        if self.in_a_row <= self.patience:
            return
        items = ', '.join(f'{name} = {value}' for name, value in bad.items())
        last = runner.message_hub.runtime_info.get('last_ckpt')
        kept = f'the last good checkpoint is {last}' if last else 'no checkpoint was written yet'
        raise UserError(
            f'the loss is no longer a number at epoch {runner.epoch + 1}, iteration '
            f'{runner.iter + 1} ({items}); {kept}. Try a lower learning rate, gradient clipping '
            f'(optim_wrapper.clip_grad), or training without --amp'
        )
