"""Progress of training and evaluation on the console, and a line of metrics per evaluation."""

import time
from datetime import timedelta

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.engine.console import SHOWN
from mmpose_lrfg.utils.progress import Progress

SMOOTHED_OVER = 10
"""Iterations over which the loss shown is averaged."""
METRICS = {'AP': 'AP', 'AP .5': 'AP50', 'AP .75': 'AP75', 'AR': 'AR', 'OKS': 'OKS'}
"""Metrics of an evaluation that are shown, and how."""


@HOOKS.register_module()
class ProgressHook(Hook):
    """Show progress, loss and time left, and the metrics of evaluations, on the main process.

    Args:
        seconds (float): Seconds between lines where there is no terminal.
    """

    # After LoggerHook and CheckpointHook.
    priority = 'LOWEST'

    def __init__(self, seconds: float = 30.0):
        self.seconds = seconds
        self.progress: Progress | None = None
        self.next_line = 0.0
        self.best: float | None = None

    def before_run(self, runner):
        """Name the log file."""
        runner.logger.info(f'log: {runner.logger.log_file}', extra=SHOWN)

    def before_train(self, runner):
        """Start the clock of the whole run."""
        self.start, self.first_iter = time.monotonic(), runner.iter
        self.best = runner.message_hub.runtime_info.get('best_score')

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
        # Epochs may be shorter than the time between two lines.
        self.progress.next_line = self.next_line or self.progress.next_line

    def _after_iter(self, runner, batch_idx, data_batch=None, outputs=None, mode='train'):
        """Show the iteration; in training also the loss and the end of the whole run."""
        if not self.progress:
            return
        text, done = '', batch_idx + 1
        if mode == 'train':  # in a test, runner.iter would load the training data
            iters = runner.iter + 1
            done = done if self.by_epoch else iters
            pace = (time.monotonic() - self.start) / max(iters - self.first_iter, 1)
            left = timedelta(seconds=round(pace * (runner.max_iters - iters)))
            loss = runner.message_hub.get_scalar('train/loss').mean(SMOOTHED_OVER)
            text = f'loss {loss:.4g}  ETA {left}'
        self.progress.update(done, text=text)

    def close(self, *_, **__):
        """Remove the bar, also after an error or an interruption."""
        if self.progress:
            self.next_line = self.progress.next_line
            self.progress.close()
            self.progress = None

    _after_epoch = close

    def after_val_epoch(self, runner, metrics=None):
        """Show the metrics in one line, after the epoch and its loss."""
        self.close()
        hub = runner.message_hub
        parts = [f'epoch {runner.epoch}/{runner.max_epochs}']
        if 'train/loss' in hub.log_scalars:
            loss = hub.get_scalar('train/loss').mean(len(runner.train_dataloader))
            parts.append(f'loss {loss:.4g}')
        best = hub.runtime_info.get('best_score')
        is_best = best is not None and best != self.best
        self.best = best
        parts += [metrics_line(metrics or {}), *(['best so far'] if is_best else [])]
        runner.logger.info('  '.join(parts), extra=SHOWN)

    def after_test_epoch(self, runner, metrics=None):
        """Show the metrics in one line, and the recommended score threshold in another."""
        self.close()
        metrics = metrics or {}
        lines = [metrics_line(metrics)]
        if 'coco/best F1' in metrics:
            lines.append(
                f'recommended score threshold {metrics["coco/recommended_score_thr"]:.3f}: '
                f'best F1 {metrics["coco/best F1"]:.3f} at OKS 0.5'
            )
        for line in lines:
            runner.logger.info(line, extra=SHOWN)


def metrics_line(metrics: dict[str, float]) -> str:
    """Return the main metrics as text: ``AP 0.354  AP50 0.640`` and so on.

    Without any of :data:`METRICS`, these are all metrics.
    """
    short = {name.partition('/')[2] or name: value for name, value in metrics.items()}
    shown = {label: short[name] for name, label in METRICS.items() if name in short} or short
    return '  '.join(f'{label} {value:.3f}' for label, value in shown.items())
