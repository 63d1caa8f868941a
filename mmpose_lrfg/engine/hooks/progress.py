"""A live progress bar with the time left and the losses; plain lines where there is no terminal."""

import sys
import time
from datetime import timedelta

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.engine.hooks.losses import loss_items
from mmpose_lrfg.engine.hooks.terminal_bar import TerminalBar

SMOOTHING = 0.9  # of the shown losses


@HOOKS.register_module()
class ProgressHook(Hook):
    """Show how far training and evaluation are, on the main process only, on stderr.

    On a terminal a bar runs under the log lines. Elsewhere (a file, a batch job) one plain line
    comes every ``seconds``. The log file has neither.

    Args:
        seconds (float): Time between plain lines. Defaults to 30.
        items (int): How many loss items to show beside the total. Defaults to 4.
    """

    # After LoggerHook: its line appears above the bar that this iteration draws.
    priority = 'LOWEST'

    def __init__(self, seconds: float = 30.0, items: int = 4):
        self.seconds = seconds
        self.items = items
        self.bar: TerminalBar | None = None
        self.losses: dict[str, float] = {}

    def before_train(self, runner):
        """Start the clock of the whole run."""
        self.run_start, self.run_first = time.monotonic(), runner.iter
        self.losses = {}

    def before_train_epoch(self, runner):
        """Start a bar over the iterations of this epoch (of all, if the loop has no epochs)."""
        self.by_epoch = hasattr(runner.train_loop, 'run_epoch')
        if self.by_epoch:
            name = f'epoch {runner.epoch + 1}/{runner.max_epochs}'
            self._start(runner, name, len(runner.train_dataloader))
        else:
            self._start(runner, 'training', runner.max_iters)

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Move on and show the losses."""
        if not is_main_process():
            return
        for name, value in loss_items(outputs).items():
            old = self.losses.get(name, value)
            self.losses[name] = SMOOTHING * old + (1 - SMOOTHING) * value
        done = runner.iter + 1
        pace = (time.monotonic() - self.run_start) / max(done - self.run_first, 1)
        left = timedelta(seconds=round(pace * (runner.max_iters - done)))
        step = batch_idx + 1 if self.by_epoch else done
        self._step(step, f'{self._shown_losses()}  all done in {left}')

    def after_train_epoch(self, runner):
        """Take the bar away."""
        self._finish()

    def before_val_epoch(self, runner):
        """Start a bar over the evaluation."""
        self._start(runner, 'evaluating', len(runner.val_dataloader))

    def after_val_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Move on."""
        self._step(batch_idx + 1)

    def after_val_epoch(self, runner, metrics=None):
        """Take the bar away."""
        self._finish()

    def before_test_epoch(self, runner):
        """Start a bar over the test."""
        self._start(runner, 'testing', len(runner.test_dataloader))

    def after_test_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Move on."""
        self._step(batch_idx + 1)

    def after_test_epoch(self, runner, metrics=None):
        """Take the bar away."""
        self._finish()

    def close(self):
        """Give the terminal back after an error or Ctrl-C; harmless otherwise."""
        self._finish()

    def _shown_losses(self) -> str:
        names = sorted(self.losses, key=lambda name: name != 'loss')[: self.items + 1]
        return '  '.join(f'{name} {self.losses[name]:.4g}' for name in names)

    def _start(self, runner, name: str, total: int):
        self._finish()
        if not is_main_process():
            return
        self.name, self.total = name, total
        self.start = self.last_line = time.monotonic()
        if sys.stderr.isatty():
            self.bar = TerminalBar(name, total, runner.logger)

    def _step(self, done: int, text: str = ''):
        if not is_main_process():
            return
        now = time.monotonic()
        if self.bar:
            self.bar.update(done, text)
        elif now - self.last_line >= self.seconds:
            self.last_line = now
            left = timedelta(seconds=round((now - self.start) / done * (self.total - done)))
            print(f'{self.name}: {done}/{self.total}, {left} left  {text}', file=sys.stderr)

    def _finish(self):
        if self.bar:
            self.bar.close()
            self.bar = None
