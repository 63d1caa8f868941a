"""Average the weights once per optimizer step."""

from mmengine.hooks import EMAHook
from mmpose.registry import HOOKS


@HOOKS.register_module()
class StepEMAHook(EMAHook):
    """``EMAHook`` that skips the iterations in which gradients are only accumulated.

    mmengine's hook updates in every iteration: with gradients of k iterations a step, the decay
    per step is the decay to the power of k.

    Args: those of ``EMAHook``.
    """

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Update the averages if this iteration ended with an optimizer step."""
        if runner.optim_wrapper.should_update():
            super().after_train_iter(runner, batch_idx, data_batch, outputs)
