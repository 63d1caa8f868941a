"""Progress of training and evaluation, with the losses and the time left."""

import time
from datetime import timedelta

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.utils.progress import Progress

SMOOTHED_OVER = 10
"""Iterations over which the losses shown are averaged."""


@HOOKS.register_module()
class ProgressHook(Hook):
    """Show the progress of training and evaluation on the main process (see :class:`Progress`).

    Args:
        seconds (float): Seconds between lines where there is no terminal.
        items (int): Number of loss items shown beside the total.
    """

    # After LoggerHook: its line appears above the bar that this iteration draws.
    priority = 'LOWEST'

    def __init__(self, seconds: float = 30.0, items: int = 4):
        self.seconds = seconds
        self.items = items
        self.progress: Progress | None = None

    def before_train(self, runner):
        """Start the clock of the whole run."""
        self.start, self.first_iter = time.monotonic(), runner.iter

    def before_train_epoch(self, runner):
        """Start a bar over the iterations of this epoch (of all, if the loop has no epochs)."""
        self.by_epoch = hasattr(runner.train_loop, 'run_epoch')
        if self.by_epoch:
            name = f'epoch {runner.epoch + 1}/{runner.max_epochs}'
            self._start(runner, name, len(runner.train_dataloader))
        else:
            self._start(runner, 'training', runner.max_iters)

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Show the iteration, the losses and the time left of the whole run."""
        if not self.progress:
            return
        done = runner.iter + 1
        pace = (time.monotonic() - self.start) / max(done - self.first_iter, 1)
        left = timedelta(seconds=round(pace * (runner.max_iters - done)))
        names = sorted(outputs or (), key=lambda name: name != 'loss')[: self.items + 1]
        scalars = {name: runner.message_hub.get_scalar(f'train/{name}') for name in names}
        losses = [f'{name} {value.mean(SMOOTHED_OVER):.4g}' for name, value in scalars.items()]
        text = '  '.join([*losses, f'all done in {left}'])
        self.progress.update(batch_idx + 1 if self.by_epoch else done, text=text)

    def before_val_epoch(self, runner):
        """Start a bar over the evaluation."""
        self._start(runner, 'evaluating', len(runner.val_dataloader))

    def before_test_epoch(self, runner):
        """Start a bar over the test."""
        self._start(runner, 'testing', len(runner.test_dataloader))

    def after_val_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Show the iteration."""
        if self.progress:
            self.progress.update(batch_idx + 1)

    after_test_iter = after_val_iter

    def close(self, *_, **__):
        """Remove the bar, also after an error or an interruption."""
        if self.progress:
            self.progress.close()
            self.progress = None

    after_train_epoch = after_val_epoch = after_test_epoch = close

    def _start(self, runner, name: str, total: int) -> None:
        self.close()
        if is_main_process():
            self.progress = Progress(name, total, runner.logger, self.seconds)
