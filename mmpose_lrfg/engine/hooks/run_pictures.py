"""What a training saw, and what its last evaluation found, as files in the work directory."""

import logging
from pathlib import Path

import numpy as np
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmpose.registry import HOOKS

from mmpose_lrfg.evaluation.fast_coco_metric import FastCocoMetric
from mmpose_lrfg.evaluation.records import write_record
from mmpose_lrfg.runtime.files import replacing
from mmpose_lrfg.visualization.label_statistics import label_statistics
from mmpose_lrfg.visualization.run import (
    BATCH,
    LABELS,
    PREDICTIONS,
    batch_sheet,
    evaluation_sheet,
    skeleton_of,
    write_image,
)

COUNTED = 5000  # images whose labels are counted, from first to last at equal distances


@HOOKS.register_module()
class EvaluationRecordHook(Hook):
    """After every evaluation, write what :func:`write_record` writes, over the one before.

    Metrics other than ``FastCocoMetric`` leave nothing.
    """

    @master_only
    def after_val_epoch(self, runner, metrics=None):
        """Of a training's evaluation."""
        self._write(runner, runner.val_loop.evaluator, metrics, runner.epoch)

    @master_only
    def after_test_epoch(self, runner, metrics=None):
        """Of a test."""
        self._write(runner, runner.test_loop.evaluator, metrics)

    def _write(self, runner, evaluator, metrics, epoch=None):
        for metric in getattr(evaluator, 'metrics', ()):
            if isinstance(metric, FastCocoMetric) and metric.result is not None:
                write_record(metric, metrics or {}, runner.work_dir, epoch)
                return


@HOOKS.register_module()
class RunPicturesHook(Hook):
    """Draw the first training batch, count the labels, draw predictions beside labels.

    Writes ``train_batch.jpg`` and ``labels.npz`` when a training begins (not when it resumes), and
    ``predictions.jpg`` after every evaluation. Labels are counted on at most 5,000 images of a
    ``CheckedCocoDataset``. ``tools/plot_run.py`` and the end of the training
    make pictures of the rest. That a picture cannot be drawn is a warning, no more.

    Args:
        number (int): Images of an evaluation that are shown: the first ones.
    """

    def __init__(self, number: int = 8):
        self.number = number
        self.samples: list = []

    @master_only
    def before_train_iter(self, runner, batch_idx, data_batch=None):
        """Before the network, and before a batch is resized in place."""
        if runner.iter > 0:
            return
        with _warning(runner, BATCH):
            meta = getattr(runner.train_dataloader.dataset, 'metainfo', {})
            sheet = batch_sheet(data_batch['inputs'], data_batch['data_samples'], meta)
            if sheet is not None:
                write_image(Path(runner.work_dir, BATCH), sheet)
        with _warning(runner, LABELS):
            self._count_labels(runner, meta)

    @staticmethod
    def _count_labels(runner, meta):
        dataset = runner.train_dataloader.dataset
        annotations, images = [], {}
        for index in np.unique(np.linspace(0, len(dataset) - 1, COUNTED).astype(int)):
            info = dataset.get_data_info(int(index))
            if 'annotated_shape' not in info:  # only CheckedCocoDataset knows it
                return
            height, width = info['annotated_shape']
            images[index] = dict(width=width, height=height)
            raw = info.get('raw_ann_info') or ()
            raw = [raw] if isinstance(raw, dict) else raw
            annotations += [{**ann, 'image_id': index} for ann in raw if ann]
        lengths = {len(a['keypoints']) // 3 for a in annotations if a.get('keypoints')}
        if len(lengths) != 1:
            return
        names = skeleton_of(meta, lengths.pop()).names
        with replacing(Path(runner.work_dir, LABELS)) as temporary:
            np.savez_compressed(temporary, **label_statistics(annotations, images, names))

    def before_val_epoch(self, runner):
        """Begin anew."""
        self.samples = []

    def after_val_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        """Keep the first ones."""
        self.samples += list(outputs or ())[: self.number - len(self.samples)]

    @master_only
    def after_val_epoch(self, runner, metrics=None):
        """Draw."""
        with _warning(runner, PREDICTIONS):
            meta = getattr(runner.val_dataloader.dataset, 'metainfo', {})
            sheet = evaluation_sheet(self.samples, meta)
            if sheet is not None:
                write_image(Path(runner.work_dir, PREDICTIONS), sheet)
        self.samples = []


class _warning:
    """Turn what goes wrong into a line of the log."""

    def __init__(self, runner, what: str):
        self.logger, self.what = runner.logger, what

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, Exception):
            self.logger.log(logging.WARNING, f'no {self.what}: {error}')
            return True
        return False
