"""The warm-up of YOLO-Pose."""

from mmengine.hooks import Hook
from mmpose.registry import HOOKS
from torch import nn

from mmpose_lrfg.utils.errors import UserError


@HOOKS.register_module()
class WarmupHook(Hook):
    """Interpolate learning rates and momentum linearly towards the scheduled values.

    Weights start at a learning rate of 0, biases at ``bias_lr``, so that the objectness bias
    learns quickly that most cells are empty. The values are set for one iteration and restored
    after it, so that they do not disturb a scheduler of mmengine.

    Args:
        epochs (float): Length of the warm-up.
        bias_lr (float): Learning rate of the biases in the first iteration.
        momentum (float, optional): Momentum in the first iteration; None keeps the scheduled one.

    Raises:
        UserError: If the optimizer has no parameter groups that hold only biases.
    """

    # Before RuntimeInfoHook (VERY_HIGH) logs the rates and ParamSchedulerHook (LOW) changes them.
    priority = 'HIGHEST'

    def __init__(self, epochs: float = 3, bias_lr: float = 0.1, momentum: float | None = 0.8):
        self.epochs = epochs
        self.bias_lr = bias_lr
        self.momentum = momentum
        self.iterations = 0
        self.groups: list[dict] = []
        self.starts: list[dict[str, float]] = []
        self.scheduled: list[dict[str, float]] = []

    def before_train(self, runner):
        """Find the groups of biases and the length of the warm-up in iterations."""
        self.iterations = round(self.epochs * len(runner.train_dataloader))
        modules = runner.model.modules()
        biases = {id(m.bias) for m in modules if isinstance(getattr(m, 'bias', None), nn.Parameter)}
        self.groups = [g for g in runner.optim_wrapper.optimizer.param_groups if g['params']]
        self.starts = []
        for group in self.groups:
            only_biases = all(id(p) in biases for p in group['params'])
            self.starts.append({'lr': self.bias_lr if only_biases else 0.0})
            if self.momentum is not None and 'momentum' in group:
                self.starts[-1]['momentum'] = self.momentum
        if not any(start['lr'] == self.bias_lr for start in self.starts):
            raise UserError(
                'WarmupHook: the optimizer has no parameter groups that hold only biases; set '
                'optim_wrapper.paramwise_cfg, for example dict(bias_decay_mult=0)'
            )

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        """Set the values of this iteration."""
        if runner.iter >= self.iterations:
            return
        progress = runner.iter / self.iterations
        for group, start in zip(self.groups, self.starts):
            self.scheduled.append({name: group[name] for name in start})
            for name, first in start.items():
                group[name] = first + progress * (group[name] - first)

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Restore the scheduled values."""
        for group, values in zip(self.groups, self.scheduled):
            group.update(values)
        self.scheduled.clear()
