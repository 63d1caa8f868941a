"""Train for so many minutes, whatever the machine makes of them."""

import math
import time

from mmdet.engine.hooks import PipelineSwitchHook
from mmengine.dist import get_world_size
from mmengine.hooks import CheckpointHook, Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.utils.errors import UserError

SPENT = 'time_budget_spent'


@HOOKS.register_module()
class TimeBudgetHook(Hook):
    """A learning rate that follows the clock, and an end when the time is up.

    On a GPU that is lent for a while nobody knows how many epochs fit in, and a schedule in epochs
    that is cut off is worth little: the best comes while the rate goes down. Here the rate rises,
    stays, and falls along half a cosine in parts of the time (a budget of time, as in Izsak et
    al., "How to Train BERT with an Academic Budget", EMNLP 2021). The training ends with the epoch
    after which less than half of another would fit in, and is saved then. The clock begins with
    the first iteration; evaluations and checkpoints count; a resumed training goes on where it
    stood. A machine so fast that all epochs of the config fit in does them in less time, and the
    rate falls with them. For one process: several would look at clocks of their own.

    Args:
        minutes (float): The budget.
        warmup (float): Part of it in which the rate rises from almost 0 to the optimizer's.
        flat (float): Part of it until which the rate stays there.
        end (float): Last rate, in parts of the optimizer's.
        last_pipeline (list[dict], optional): Transforms of the training images from
            ``last_from`` on, to the next epoch.
        last_from (float): Part of the budget.

    Raises:
        UserError: If ``minutes`` is not positive, the config has a ``param_scheduler`` too, or
            several processes train.
    """

    # Before CheckpointHook, which is to know that the epoch was the last.
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
            raise UserError(f'TimeBudgetHook: minutes are positive, not {minutes}')
        self.seconds = 60 * minutes
        self.warmup = warmup
        self.flat = flat
        self.end = end
        self.switch = last_pipeline and PipelineSwitchHook(math.inf, last_pipeline)
        self.last_from = last_from
        self.began = self.epoch_began = None
        self.rates: list[float] = []

    def before_train(self, runner):
        """Remember the rates of the optimizer."""
        if get_world_size() > 1:
            raise UserError('TimeBudgetHook works for one process alone; train without it')
        if runner.param_schedulers:
            raise UserError('TimeBudgetHook sets the learning rate: set param_scheduler=None')
        self.rates = [g.get('initial_lr', g['lr']) for g in runner.optim_wrapper.param_groups]
        for group, rate in zip(runner.optim_wrapper.param_groups, self.rates):
            group['initial_lr'] = rate  # goes into checkpoints

    def spent(self, runner) -> float:
        """Seconds that are gone of the budget; noted where checkpoints keep them."""
        if self.began is None:
            before = runner.message_hub.runtime_info.get(SPENT, 0.0)
            self.began = time.monotonic() - before
        spent = time.monotonic() - self.began
        runner.message_hub.update_info(SPENT, spent)
        return spent

    def part(self, runner) -> float:
        """What is gone of the budget, or of the epochs if that is more: 0 to 1 and beyond."""
        return max(self.spent(runner) / self.seconds, runner.iter / runner.max_iters)

    def factor(self, part: float) -> float:
        """The learning rate at a part of the budget, in parts of the optimizer's."""
        rise = 1e-3 + (1 - 1e-3) * part / self.warmup if part < self.warmup else 1.0
        fall = min(max((part - self.flat) / (1 - self.flat), 0.0), 1.0)
        return rise * (self.end + (1 - self.end) * (1 + math.cos(math.pi * fall)) / 2)

    def before_train_epoch(self, runner):
        """Change the pipeline when its time has come."""
        self.epoch_began = time.monotonic()
        if self.switch and self.began is not None:
            if self.part(runner) >= self.last_from:
                self.switch.switch_epoch = min(self.switch.switch_epoch, runner.epoch)
            self.switch.before_train_epoch(runner)

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        """Set the rate of this step."""
        factor = self.factor(self.part(runner))
        for group, rate in zip(runner.optim_wrapper.param_groups, self.rates):
            group['lr'] = factor * rate

    def after_train_epoch(self, runner):
        """Was it the last?"""
        left = self.seconds - self.spent(runner)
        if left > (time.monotonic() - self.epoch_began) / 2:
            return
        runner.logger.info(f'the time is up after {runner.epoch + 1} epochs')
        runner.train_loop.stop_training = True
        for hook in runner.hooks:
            if isinstance(hook, CheckpointHook):
                hook.interval = 1
