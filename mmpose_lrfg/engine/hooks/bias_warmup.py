"""YOLO's warm-up of biases: their learning rate begins high and comes down to the others'."""

from mmengine.hooks import Hook
from mmpose.registry import HOOKS
from torch import nn

from mmpose_lrfg.errors import UserError


@HOOKS.register_module()
class BiasWarmupHook(Hook):
    """Lead the learning rate of biases from a high value down to the base rate.

    While a warm-up raises the other rates from almost 0, biases (of the objectness above all,
    which has to learn that most places are empty) begin at ``start_lr``. The schedulers multiply
    the rate they find, so it is exchanged for one step only and put back before they see it.

    Args:
        epochs (float): Length of the warm-up.
        start_lr (float): Rate of the biases in the first iteration.

    Raises:
        UserError: If the optimizer has no groups of biases alone; ``paramwise_cfg`` makes them.
    """

    # Puts back before the schedulers' hook, whose priority is LOW.
    priority = 'NORMAL'

    def __init__(self, epochs: float = 3, start_lr: float = 0.1):
        self.epochs = epochs
        self.start_lr = start_lr
        self.iterations = 0
        self.groups: list[dict] = []
        self.scheduled: list[float] = []

    def before_train(self, runner):
        """Find the biases, and how many iterations the warm-up has."""
        self.iterations = round(self.epochs * len(runner.train_dataloader))
        biases = {
            id(module.bias)
            for module in runner.model.modules()
            if isinstance(getattr(module, 'bias', None), nn.Parameter)
        }
        groups = runner.optim_wrapper.optimizer.param_groups
        self.groups = [
            group
            for group in groups
            if group['params'] and all(id(each) in biases for each in group['params'])
        ]
        if not self.groups:
            raise UserError(
                'BiasWarmupHook: the optimizer has no parameter groups of biases alone; set '
                'optim_wrapper.paramwise_cfg, for example dict(bias_decay_mult=0)'
            )

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        """Set the rate of this step."""
        if runner.iter >= self.iterations:
            return
        part = runner.iter / self.iterations
        self.scheduled = [group['lr'] for group in self.groups]
        for group in self.groups:
            target = group.get('initial_lr', group['lr'])
            group['lr'] = self.start_lr + part * (target - self.start_lr)

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Put the scheduled rate back."""
        for group, rate in zip(self.groups, self.scheduled):
            group['lr'] = rate
        self.scheduled = []
