"""Compares model and data before the first step: keypoints, classes, sigmas, anchors."""

import numpy as np
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmpose.evaluation.metrics import CocoMetric
from mmpose.registry import HOOKS

from mmpose_lrfg.datasets.anchors import MIN_RECALL, measure
from mmpose_lrfg.engine.hooks.checkpoint import unwrapped
from mmpose_lrfg.evaluation.fast_coco_metric import FastCocoMetric
from mmpose_lrfg.models.heads import YOLOPoseHead
from mmpose_lrfg.utils.errors import UserError

SAMPLED = 2000
"""Images whose boxes are compared with the anchors."""


@HOOKS.register_module()
class DataCheckHook(Hook):
    """Check that the head and the data sets have the same keypoints and classes.

    Other sigmas than the data set's, and anchors that match too few boxes (of 2000 images spread
    over the data set), are warnings.

    Raises:
        UserError: If keypoints or classes differ between head and data set, classes differ between
            training and evaluation, or the metric supports one class only.
    """

    def before_run(self, runner):
        """Check the data sets of training, validation and test that this run has."""
        classes = {}
        for split in ('train', 'val', 'test'):
            loop = getattr(runner, f'_{split}_loop', None)
            dataset = getattr(getattr(loop, 'dataloader', None), 'dataset', None)
            meta = getattr(dataset, 'metainfo', None) or {}
            self._check_head(runner, meta, f'{split}_dataloader')
            if names := tuple(meta.get('classes') or ()):
                classes[split] = names
            for metric in getattr(getattr(loop, 'evaluator', None), 'metrics', ()):
                # MMPose's metric gives every detection category 1.
                fast = isinstance(metric, FastCocoMetric)
                if len(names) > 1 and isinstance(metric, CocoMetric) and not fast:
                    raise UserError(
                        f'CocoMetric supports one class, but {split} has {len(names)} '
                        f'({", ".join(names)}); set {split}_evaluator.type to FastCocoMetric'
                    )
        if len(set(classes.values())) > 1:
            (a, names), (b, others) = list(classes.items())[:2]
            raise UserError(
                f'{a} has the classes {", ".join(names)}, but {b} has {", ".join(others)}; name '
                'them in metainfo.classes of both, in one order'
            )

    def before_train(self, runner):
        """Warn if many boxes of the training set match no anchor."""
        head = getattr(unwrapped(runner.model), 'head', None)
        if not isinstance(head, YOLOPoseHead) or not is_main_process():
            return
        boxes = box_sizes(runner.train_dataloader.dataset)
        if not len(boxes):
            return
        anchors = head.anchors.sizes.cpu().numpy().astype(float)
        found = measure(boxes, anchors, head.assigner.ratio_thr).recall
        if found < MIN_RECALL:
            runner.logger.warning(
                f'only {found:.1%} of the boxes match an anchor; the others are never learnt '
                '(lrfg anchors CONFIG fits anchors to the data)'
            )

    def _check_head(self, runner, meta: dict, where: str) -> None:
        head = getattr(unwrapped(runner.model), 'head', None)
        predicted, annotated = getattr(head, 'num_keypoints', None), meta.get('num_keypoints')
        if predicted and annotated and predicted != annotated:
            raise UserError(
                f'the head predicts {predicted} keypoints, but {where} has {annotated} '
                f'({meta.get("dataset_name")}): give model.head the metainfo of the data set'
            )
        if not isinstance(head, YOLOPoseHead):
            return
        names, sigmas = meta.get('classes'), meta.get('sigmas')
        if names and head.num_classes != len(names):
            raise UserError(
                f'model.head.num_classes is {head.num_classes}, but {where} has {len(names)} '
                f'({", ".join(names)}): name those to be learnt in metainfo.classes of both'
            )
        if sigmas is not None and not np.allclose(head.sigmas, sigmas, atol=5e-4):
            runner.logger.warning(
                f'the sigmas of model.head differ from those of {where}, which AP uses'
            )


def box_sizes(dataset) -> np.ndarray:
    """Return the (N, 2) sizes of boxes in pixels of the network's input.

    Empty for data sets without a known input size or without sizes of images.
    """
    steps = getattr(getattr(dataset, 'pipeline', None), 'transforms', ())
    inputs = [step.input_size for step in steps if getattr(step, 'input_size', None)]
    found = [np.zeros((0, 2))]
    count = len(dataset) if inputs else 0
    # Evenly spread.
    for index in np.unique(np.linspace(0, count - 1, min(SAMPLED, count)).astype(int)):
        info = dataset.get_data_info(int(index))
        if 'annotated_shape' in info and 'bbox' in info:
            height, width = info['annotated_shape']
            boxes = np.asarray(info['bbox'], float)[np.equal(info['iscrowd'], 0)]
            scale = min(inputs[0][0] / width, inputs[0][1] / height)
            found.append(scale * (boxes[:, 2:] - boxes[:, :2]))
    sizes = np.concatenate(found)
    return sizes[sizes.min(axis=1) > 0]
