"""Do network and data speak of the same keypoints and classes? Asked before the first step."""

import logging

import numpy as np
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmpose.evaluation.metrics import CocoMetric
from mmpose.registry import HOOKS

from mmpose_lrfg.evaluation.fast_coco_metric import FastCocoMetric
from mmpose_lrfg.utils.errors import UserError


@HOOKS.register_module()
class SchemaCheckHook(Hook):
    """Compare the head's numbers of keypoints and classes, and its sigmas, with the data sets'.

    Heads that do not tell theirs (``num_keypoints``, ``num_classes``) are left alone.

    Raises:
        UserError: If they differ, if training and evaluation have other classes, or if the metric
            knows one class only and there are several.
    """

    def before_run(self, runner):
        """Look at whatever this run has of training, validation and test."""
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        head = getattr(model, 'head', None)
        loops = {name: getattr(runner, f'_{name}_loop', None) for name in ('train', 'val', 'test')}
        classes = {}
        for name, loop in loops.items():
            dataset = getattr(getattr(loop, 'dataloader', None), 'dataset', None)
            meta = getattr(dataset, 'metainfo', None) or {}
            check_head(head, meta, f'{name}_dataloader', runner.logger)
            if meta.get('classes'):
                classes[name] = tuple(meta['classes'])
                check_metrics(getattr(loop, 'evaluator', None), classes[name], name)
        if len(set(classes.values())) > 1:
            (a, names), (b, others) = list(classes.items())[:2]
            raise UserError(
                f'{a} has the classes {", ".join(names)}, but {b} has {", ".join(others)}; name '
                'them in metainfo.classes of both, in one order'
            )


def check_head(head, meta: dict, where: str, logger) -> None:
    """Compare a head with the metainfo of a data set; both may tell nothing."""
    predicted, annotated = getattr(head, 'num_keypoints', None), meta.get('num_keypoints')
    if predicted and annotated and predicted != annotated:
        raise UserError(
            f'the network predicts {predicted} keypoints, but {where} has {annotated} '
            f'({meta.get("dataset_name")}): set model.head.num_keypoints and sigmas, or metainfo '
            'of the data set'
        )
    learnt, names = getattr(head, 'num_classes', None), meta.get('classes')
    if learnt and names and learnt != len(names):
        raise UserError(
            f'the network has {_count(learnt)}, but {where} has {len(names)} '
            f'({", ".join(names)}): set model.head.num_classes={len(names)}, or name those to be '
            'learnt in metainfo.classes'
        )
    loss = getattr(getattr(head, 'criterion', None), 'loss_keypoints', None)
    ours, theirs = getattr(loss, 'sigmas', None), meta.get('sigmas')
    comparable = ours is not None and theirs is not None and len(ours) == len(theirs)
    if comparable and not np.allclose(ours.cpu().numpy(), theirs, atol=5e-4):
        logger.log(
            logging.WARNING,
            f'model.head.sigmas are not those of {where}, by which it is evaluated',
        )


def check_metrics(evaluator, names: tuple[str, ...], where: str) -> None:
    """MMPose's own metric takes every detection for category 1."""
    for metric in getattr(evaluator, 'metrics', ()):
        one_class = isinstance(metric, CocoMetric) and not isinstance(metric, FastCocoMetric)
        if one_class and len(names) > 1:
            raise UserError(
                f'CocoMetric knows one class, but {where} has {len(names)} ({", ".join(names)}); '
                f'set {where}_evaluator.type to FastCocoMetric'
            )


def _count(classes: int) -> str:
    return f'{classes} class' if classes == 1 else f'{classes} classes'
