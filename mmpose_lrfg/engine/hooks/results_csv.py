"""``results.csv``: one row an epoch, losses and metrics, for a spreadsheet or a plot."""

import csv
import io
import time
from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.engine.hooks.losses import loss_items
from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.visualization.curves import read_results


@HOOKS.register_module()
class ResultsCSVHook(Hook):
    """Write the mean losses, the learning rate and the metrics of every epoch.

    The whole (small) file is written anew under a temporary name and renamed, so that a reader
    never sees half a row and metrics may come later than the first row. A resumed training drops
    the rows of the epochs that it repeats; a new training in the same folder keeps the old file
    under another name.

    Args:
        filename (str): Name of the file in the work directory. Defaults to ``results.csv``.
    """

    # Before CheckpointHook: a full disk there does not lose the row.
    priority = 'LOW'

    def __init__(self, filename: str = 'results.csv'):
        self.filename = filename
        self.rows: list[dict] = []
        self.sums: dict[str, float] = {}
        self.count = 0
        self.started = 0.0

    def before_train(self, runner):
        """Read the rows of earlier epochs when resuming."""
        self.path = Path(runner.work_dir, self.filename)
        self.rows = []
        self._begin()
        if not is_main_process() or not self.path.is_file():
            return
        if runner.iter > 0:
            done = [r for r in read_results(self.path) if r.get('iter', 0) <= runner.iter]
            self.rows = done
        else:
            stamp = time.strftime('%Y%m%d_%H%M%S', time.localtime(self.path.stat().st_mtime))
            self.path.replace(self.path.with_name(f'{self.path.stem}_{stamp}.csv'))

    def _begin(self):
        self.sums, self.count, self.started = {}, 0, time.monotonic()

    def before_train_epoch(self, runner):
        """Start the sums of a new epoch."""
        self._begin()

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Add the losses of one iteration."""
        for name, value in loss_items(outputs).items():
            self.sums[name] = self.sums.get(name, 0.0) + value
        self.count += 1

    def after_train_epoch(self, runner):
        """Write the row; the metrics join it when they come."""
        # mmengine counts the epoch and iteration on only after this call (of an epoch-based
        # loop); an iteration-based loop has counted them already.
        by_epoch = hasattr(runner.train_loop, 'run_epoch')
        self._add_row(runner, runner.epoch + 1 if by_epoch else runner.epoch)

    def after_val_epoch(self, runner, metrics=None):
        """Add the metrics to the row of the epoch."""
        if runner._train_loop is None or not hasattr(self, 'path'):
            return  # an evaluation alone
        if self.count and not hasattr(runner.train_loop, 'run_epoch'):
            self._add_row(runner, runner.epoch)
        if self.rows:
            self.rows[-1].update(metrics or {})
            self._write()

    def _add_row(self, runner, epoch):
        if not self.count:
            return
        row = {'epoch': epoch, 'iter': runner.iter}
        row['seconds'] = round(time.monotonic() - self.started, 2)
        rates = runner.optim_wrapper.get_lr()
        row.update({name: values[0] for name, values in rates.items() if values})
        row.update({name: total / self.count for name, total in self.sums.items()})
        self.rows.append(row)
        self._begin()
        self._write()

    def _write(self):
        if not is_main_process():
            return
        columns = list(dict.fromkeys(name for row in self.rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator='\n')
        writer.writeheader()
        writer.writerows(
            {k: f'{v:.6g}' if isinstance(v, float) else v for k, v in row.items()}
            for row in self.rows
        )
        write_bytes(self.path, text.getvalue().encode())
