"""Compares model and data before the first step: keypoints, classes, sigmas, anchors."""

import logging

import numpy as np
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmpose.evaluation.metrics import CocoMetric
from mmpose.registry import HOOKS
from torch import nn

from mmpose_lrfg.datasets.anchors import MIN_RECALL, letterboxed, measure
from mmpose_lrfg.evaluation.fast_coco_metric import FastCocoMetric
from mmpose_lrfg.models.heads import YOLOPoseHead
from mmpose_lrfg.utils.errors import UserError


@HOOKS.register_module()
class DataCheckHook(Hook):
    """Check that the head and the data sets have the same keypoints and classes.

    Other sigmas than the data set's, and anchors that match too few boxes, are warnings.

    Args:
        recall (float): Share of the boxes that must match an anchor.
        images (int): Images whose boxes are compared, spread over the data set.

    Raises:
        UserError: If keypoints or classes differ between head and data set, classes differ between
            training and evaluation, or the metric supports one class only.
    """

    def __init__(self, recall: float = MIN_RECALL, images: int = 2000):
        self.recall = recall
        self.images = images

    def before_run(self, runner):
        """Check the data sets of training, validation and test that this run has."""
        head = head_of(runner)
        classes = {}
        for split in ('train', 'val', 'test'):
            loop = getattr(runner, f'_{split}_loop', None)
            dataset = getattr(getattr(loop, 'dataloader', None), 'dataset', None)
            meta = getattr(dataset, 'metainfo', None) or {}
            check_head(head, meta, f'{split}_dataloader', runner.logger)
            if meta.get('classes'):
                classes[split] = tuple(meta['classes'])
                check_metrics(getattr(loop, 'evaluator', None), classes[split], split)
        if len(set(classes.values())) > 1:
            (a, names), (b, others) = list(classes.items())[:2]
            raise UserError(
                f'{a} has the classes {", ".join(names)}, but {b} has {", ".join(others)}; name '
                'them in metainfo.classes of both, in one order'
            )

    def before_train(self, runner):
        """Warn if many boxes of the training set match no anchor."""
        head = head_of(runner)
        if not isinstance(head, YOLOPoseHead) or not is_main_process():
            return
        boxes = boxes_of(runner.train_dataloader.dataset, self.images)
        if not len(boxes):
            return
        sizes = head.anchors.sizes.cpu().numpy().astype(float)
        found = measure(boxes, sizes, head.assigner.ratio_thr).recall
        if found < self.recall:
            runner.logger.log(
                logging.WARNING,
                f'only {found:.1%} of the boxes match an anchor; the others are never learnt '
                '(python tools/autoanchor.py CONFIG fits anchors to the data)',
            )


def head_of(runner) -> nn.Module | None:
    """Return the head of the runner's model, without a parallel wrapper."""
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    return getattr(model, 'head', None)


def check_head(head: nn.Module | None, meta: dict, where: str, logger: logging.Logger) -> None:
    """Compare a head with the metainfo of a data set."""
    predicted, annotated = getattr(head, 'num_keypoints', None), meta.get('num_keypoints')
    if predicted and annotated and predicted != annotated:
        raise UserError(
            f'the head predicts {predicted} keypoints, but {where} has {annotated} '
            f'({meta.get("dataset_name")}): give model.head the metainfo of the data set'
        )
    if not isinstance(head, YOLOPoseHead):
        return
    names = meta.get('classes')
    if names and head.num_classes != len(names):
        classes = 'class' if head.num_classes == 1 else 'classes'
        raise UserError(
            f'the head predicts {head.num_classes} {classes}, but {where} has {len(names)} '
            f'({", ".join(names)}): name those to be learnt in metainfo.classes of both'
        )
    sigmas = meta.get('sigmas')
    if sigmas is not None and not np.allclose(head.sigmas, sigmas, atol=5e-4):
        logger.log(
            logging.WARNING, f'the sigmas of model.head differ from those of {where}, which AP uses'
        )


def check_metrics(evaluator, names: tuple[str, ...], split: str) -> None:
    """Refuse MMPose's metric for several classes: it gives every detection category 1."""
    for metric in getattr(evaluator, 'metrics', ()):
        one_class = isinstance(metric, CocoMetric) and not isinstance(metric, FastCocoMetric)
        if one_class and len(names) > 1:
            raise UserError(
                f'CocoMetric supports one class, but {split} has {len(names)} '
                f'({", ".join(names)}); set {split}_evaluator.type to FastCocoMetric'
            )


def boxes_of(dataset, max_images: int) -> np.ndarray:
    """Return the (N, 2) sizes of boxes in pixels of the network's input.

    Empty for data sets without a known input size or without sizes of images.

    Args:
        dataset: The training set.
        max_images (int): Most images looked at.
    """
    steps = getattr(getattr(dataset, 'pipeline', None), 'transforms', ())
    inputs = [step.input_size for step in steps if getattr(step, 'input_size', None)]
    if not inputs or not len(dataset):
        return np.zeros((0, 2))
    images, annotations = [], []
    for index in np.unique(np.linspace(0, len(dataset) - 1, max_images).astype(int)):
        info = dataset.get_data_info(int(index))
        if 'annotated_shape' not in info or 'bbox' not in info:
            continue
        height, width = info['annotated_shape']
        images.append(dict(id=len(images), width=width, height=height))
        for (x1, y1, x2, y2), crowd in zip(info['bbox'], info['iscrowd']):
            box = [x1, y1, x2 - x1, y2 - y1]
            annotations.append(dict(image_id=images[-1]['id'], bbox=box, iscrowd=crowd))
    return letterboxed(annotations, images, inputs[0])
