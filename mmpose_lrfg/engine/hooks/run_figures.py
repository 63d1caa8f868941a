"""Figures and records of a run in its work directory."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.evaluation.fast_coco_metric import FastCocoMetric
from mmpose_lrfg.evaluation.records import write_record
from mmpose_lrfg.runtime.images import write_image
from mmpose_lrfg.visualization.run import (
    BATCH,
    PREDICTIONS,
    batch_sheet,
    evaluation_sheet,
    plot_run,
)

SHOWN = 8
"""Images in ``predictions.jpg``: the first ones of the evaluation."""


@HOOKS.register_module()
class RunFiguresHook(Hook):
    """Draw training images, predictions and curves into the work directory.

    * First iteration: ``train_batch.jpg``.
    * Every evaluation: ``predictions.jpg``, the record of ``FastCocoMetric``
      (:func:`write_record`), and the figures of :func:`plot_run`, such as ``curves.png``.
    * Test: the same without ``predictions.jpg``.

    A figure that cannot be drawn is a warning, not an error.
    """

    priority = 'LOWEST'

    @master_only
    def before_train_iter(self, runner, batch_idx, data_batch=None):
        """Draw the first batch, before it is changed in place."""
        if runner.iter > 0:
            return
        meta = getattr(runner.train_dataloader.dataset, 'metainfo', {})
        with _warning(runner, BATCH):
            sheet = batch_sheet(data_batch['inputs'], data_batch['data_samples'], meta)
            if sheet is not None:
                write_image(Path(runner.work_dir, BATCH), sheet)

    def before_val_epoch(self, runner):
        """Forget the samples of the evaluation before."""
        self.samples = []

    def after_val_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Keep the first samples."""
        self.samples += list(outputs or ())[: SHOWN - len(self.samples)]

    @master_only
    def after_val_epoch(self, runner, metrics=None):
        """Draw predictions beside labels and all curves, and write the record."""
        with _warning(runner, PREDICTIONS):
            meta = getattr(runner.val_dataloader.dataset, 'metainfo', {})
            sheet = evaluation_sheet(self.samples, meta)
            if sheet is not None:
                write_image(Path(runner.work_dir, PREDICTIONS), sheet)
        write_figures(runner, runner.val_loop, metrics, runner.epoch)

    @master_only
    def after_test_epoch(self, runner, metrics=None):
        """Draw the curves of precision, and write the record."""
        write_figures(runner, runner.test_loop, metrics)

    @master_only
    def after_train(self, runner):
        """Draw the learning curves of a training without evaluation."""
        if not runner.val_loop:
            write_figures(runner)


def write_figures(runner, loop=None, metrics: dict | None = None, epoch: int | None = None) -> None:
    """Write the record of a loop's ``FastCocoMetric``, and all figures of :func:`plot_run`."""
    for metric in getattr(getattr(loop, 'evaluator', None), 'metrics', ()):
        if isinstance(metric, FastCocoMetric) and metric.result is not None:
            write_record(metric, metrics or {}, runner.work_dir, epoch)
            break
    with _warning(runner, 'curves'):
        plot_run([runner.work_dir], runner.work_dir)


@contextlib.contextmanager
def _warning(runner, what: str) -> Iterator[None]:
    """Turn an exception into a warning in the log."""
    try:
        yield
    except Exception as error:
        runner.logger.warning(f'no {what}: {error}')
