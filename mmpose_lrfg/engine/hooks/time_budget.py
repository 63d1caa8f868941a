"""A learning rate and an end of training by the clock."""

import math
import time

import numpy as np
from mmdet.engine.hooks import PipelineSwitchHook
from mmengine.dist import get_world_size
from mmengine.hooks import CheckpointHook, Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.utils.errors import UserError

SPENT = 'time_budget_spent'


@HOOKS.register_module()
class TimeBudgetHook(Hook):
    """Schedule the learning rate by the clock, and end the training when the time is up.

    The rate rises linearly, stays constant, and falls along half a cosine, in fractions of the
    budget (as in Izsak et al., "How to Train BERT with an Academic Budget", EMNLP 2021).
    Evaluations and checkpoints count. The training ends with the epoch after which less than half
    of another one would fit, or with the last epoch of the config, and is saved then. A resumed
    training continues with the rest of its budget.

    Args:
        minutes (float): The budget, from the first iteration on.
        warmup (float): End of the rise, as a fraction of the budget.
        flat (float): Start of the fall, as a fraction of the budget.
        end (float): Last rate, as a fraction of the optimizer's.
        last_pipeline (list[dict], optional): Transforms of the training images in the last epochs.
        last_from (float): Start of ``last_pipeline``, as a fraction of the budget.

    Raises:
        UserError: If ``minutes`` is not positive, the config has a ``param_scheduler``, or
            several processes train (their clocks would differ).
    """

    # Before CheckpointHook, which then saves the last epoch.
    priority = 'NORMAL'

    def __init__(
        self,
        minutes: float,
        warmup: float = 0.04,
        flat: float = 0.3,
        end: float = 0.01,
        last_pipeline: list | None = None,
        last_from: float = 0.85,
    ):
        if minutes <= 0:
            raise UserError(f'TimeBudgetHook: minutes must be > 0, got {minutes}')
        self.seconds = 60 * minutes
        self.warmup = warmup
        self.flat = flat
        self.end = end
        self.switch = last_pipeline and PipelineSwitchHook(math.inf, last_pipeline)
        self.last_from = last_from
        self.began = self.epoch_began = None
        self.rates: list[float] = []

    def before_train(self, runner):
        """Store the learning rates of the optimizer."""
        if get_world_size() > 1:
            raise UserError('TimeBudgetHook works only for a single process; train without it')
        if runner.param_schedulers:
            raise UserError('TimeBudgetHook sets the learning rate: set param_scheduler=None')
        self.rates = [g.get('initial_lr', g['lr']) for g in runner.optim_wrapper.param_groups]
        for group, rate in zip(runner.optim_wrapper.param_groups, self.rates):
            group['initial_lr'] = rate  # goes into checkpoints

    def spent(self, runner) -> float:
        """Return the seconds spent, and store them where checkpoints keep them."""
        if self.began is None:
            before = runner.message_hub.runtime_info.get(SPENT, 0.0)
            self.began = time.monotonic() - before
        spent = time.monotonic() - self.began
        runner.message_hub.update_info(SPENT, spent)
        return spent

    def fraction(self, runner) -> float:
        """Return the fraction spent of the budget, or of the iterations if that is more."""
        return max(self.spent(runner) / self.seconds, runner.iter / runner.max_iters)

    def before_train_epoch(self, runner):
        """Change to ``last_pipeline`` after ``last_from``."""
        self.epoch_began = time.monotonic()
        if self.switch and self.began is not None:
            if self.fraction(runner) >= self.last_from:
                self.switch.switch_epoch = min(self.switch.switch_epoch, runner.epoch)
            self.switch.before_train_epoch(runner)

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        """Set the learning rates of this iteration."""
        fraction = self.fraction(runner)
        rise = np.interp(fraction, [0, self.warmup], [1e-3, 1]) if self.warmup else 1.0
        fall = np.interp(fraction, [self.flat, 1], [0, math.pi])
        factor = rise * (self.end + (1 - self.end) * (1 + math.cos(fall)) / 2)
        for group, rate in zip(runner.optim_wrapper.param_groups, self.rates):
            group['lr'] = float(factor) * rate

    def after_train_epoch(self, runner):
        """Stop the training if no further epoch fits."""
        left = self.seconds - self.spent(runner)
        if left > (time.monotonic() - self.epoch_began) / 2:
            return
        runner.logger.info(f'the time is up after {runner.epoch + 1} epochs')
        runner.train_loop.stop_training = True
        for hook in runner.hooks:
            if isinstance(hook, CheckpointHook):
                hook.interval = 1
