"""Figures and records of a run in its work directory."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.engine.hooks.data_check import sampled_infos
from mmpose_lrfg.evaluation.fast_coco_metric import FastCocoMetric
from mmpose_lrfg.evaluation.records import write_record
from mmpose_lrfg.runtime.files import replacing
from mmpose_lrfg.runtime.images import write_image
from mmpose_lrfg.visualization.label_statistics import label_statistics
from mmpose_lrfg.visualization.run import (
    BATCH,
    LABELS,
    PREDICTIONS,
    batch_sheet,
    evaluation_sheet,
    plot_run,
    skeleton_of,
)

COUNTED = 5000
"""Images whose labels are counted at most."""
SHOWN = 8
"""Images in ``predictions.jpg``: the first ones of the evaluation."""


@HOOKS.register_module()
class RunFiguresHook(Hook):
    """Draw training images, labels, predictions and learning curves into the work directory.

    * First iteration: ``train_batch.jpg`` and ``labels.npz`` (of a ``CheckedCocoDataset``).
    * Every evaluation: ``predictions.jpg``, and the record of ``FastCocoMetric``
      (:func:`write_record`).
    * End of training: all figures of :func:`plot_run`, such as ``curves.png``.

    A figure that cannot be drawn is a warning, not an error. A test writes only the record.
    """

    priority = 'LOWEST'

    @master_only
    def before_train_iter(self, runner, batch_idx, data_batch=None):
        """Draw the first batch and count the labels, before the batch is changed in place."""
        if runner.iter > 0:
            return
        dataset = runner.train_dataloader.dataset
        meta = getattr(dataset, 'metainfo', {})
        with _warning(runner, BATCH):
            sheet = batch_sheet(data_batch['inputs'], data_batch['data_samples'], meta)
            if sheet is not None:
                write_image(Path(runner.work_dir, BATCH), sheet)
        with _warning(runner, LABELS):
            count_labels(dataset, meta, Path(runner.work_dir, LABELS))

    def before_val_epoch(self, runner):
        """Forget the samples of the evaluation before."""
        self.samples = []

    def after_val_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Keep the first samples."""
        self.samples += list(outputs or ())[: SHOWN - len(self.samples)]

    @master_only
    def after_val_epoch(self, runner, metrics=None):
        """Draw predictions beside labels, and write the record."""
        with _warning(runner, PREDICTIONS):
            meta = getattr(runner.val_dataloader.dataset, 'metainfo', {})
            sheet = evaluation_sheet(self.samples, meta)
            if sheet is not None:
                write_image(Path(runner.work_dir, PREDICTIONS), sheet)
        self._write_record(runner, runner.val_loop, metrics, runner.epoch)

    @master_only
    def after_test_epoch(self, runner, metrics=None):
        """Write the record."""
        self._write_record(runner, runner.test_loop, metrics)

    @master_only
    def after_train(self, runner):
        """Draw all figures of the run."""
        with _warning(runner, 'learning curves'):
            drawn = plot_run([runner.work_dir], runner.work_dir)
            runner.logger.info(f'figures of the run: {", ".join(map(str, drawn))}')

    def _write_record(self, runner, loop, metrics: dict | None, epoch: int | None = None) -> None:
        for metric in getattr(loop.evaluator, 'metrics', ()):
            if isinstance(metric, FastCocoMetric) and metric.result is not None:
                write_record(metric, metrics or {}, runner.work_dir, epoch)
                return


def count_labels(dataset, meta: dict, path: Path) -> None:
    """Write :func:`label_statistics` of at most ``COUNTED`` images of a ``CheckedCocoDataset``."""
    annotations, images = [], {}
    for index, info in enumerate(sampled_infos(dataset, COUNTED)):
        if 'annotated_shape' not in info:  # another data set
            return
        height, width = info['annotated_shape']
        images[index] = dict(width=width, height=height)
        raw = info.get('raw_ann_info') or ()
        raw = [raw] if isinstance(raw, dict) else raw
        annotations += [{**ann, 'image_id': index} for ann in raw if ann]
    lengths = {len(a['keypoints']) // 3 for a in annotations if a.get('keypoints')}
    if len(lengths) == 1:
        names = skeleton_of(meta, lengths.pop()).names
        with replacing(path) as temporary:
            np.savez_compressed(temporary, **label_statistics(annotations, images, names))


@contextlib.contextmanager
def _warning(runner, what: str) -> Iterator[None]:
    """Turn an exception into a warning in the log."""
    try:
        yield
    except Exception as error:
        runner.logger.warning(f'no {what}: {error}')
