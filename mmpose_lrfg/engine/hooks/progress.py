"""Progress of training and evaluation, with the losses and the time left."""

import time
from datetime import timedelta

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.utils.progress import Progress

SMOOTHED_OVER = 10
"""Iterations over which the losses shown are averaged."""
ITEMS = 4
"""Losses shown beside the total."""


@HOOKS.register_module()
class ProgressHook(Hook):
    """Show the progress of training and evaluation on the main process (see :class:`Progress`).

    Args:
        seconds (float): Seconds between lines where there is no terminal.
    """

    # After LoggerHook: its line appears above the bar that this iteration draws.
    priority = 'LOWEST'

    def __init__(self, seconds: float = 30.0):
        self.seconds = seconds
        self.progress: Progress | None = None

    def before_train(self, runner):
        """Start the clock of the whole run."""
        self.start, self.first_iter = time.monotonic(), runner.iter

    def _before_epoch(self, runner, mode='train'):
        """Start a bar over this epoch, or over all iterations if the loop has no epochs."""
        self.close()
        if not is_main_process():
            return
        name = dict(train='training', val='evaluating', test='testing')[mode]
        total = len(getattr(runner, f'{mode}_dataloader'))
        self.by_epoch = mode != 'train' or hasattr(runner.train_loop, 'run_epoch')
        if not self.by_epoch:
            total = runner.max_iters
        elif mode == 'train':
            name = f'epoch {runner.epoch + 1}/{runner.max_epochs}'
        self.progress = Progress(name, total, runner.logger, self.seconds)

    def _after_iter(self, runner, batch_idx, data_batch=None, outputs=None, mode='train'):
        """Show the iteration; in training also the losses and the time left of the whole run."""
        if not self.progress:
            return
        text, done = '', runner.iter + 1
        if mode == 'train':
            pace = (time.monotonic() - self.start) / max(done - self.first_iter, 1)
            left = timedelta(seconds=round(pace * (runner.max_iters - done)))
            names = sorted(outputs or (), key=lambda name: name != 'loss')[: 1 + ITEMS]
            scalars = {name: runner.message_hub.get_scalar(f'train/{name}') for name in names}
            losses = [f'{name} {value.mean(SMOOTHED_OVER):.4g}' for name, value in scalars.items()]
            text = '  '.join([*losses, f'all done in {left}'])
        self.progress.update(batch_idx + 1 if self.by_epoch else done, text=text)

    def close(self, *_, **__):
        """Remove the bar, also after an error or an interruption."""
        if self.progress:
            self.progress.close()
            self.progress = None

    _after_epoch = close
