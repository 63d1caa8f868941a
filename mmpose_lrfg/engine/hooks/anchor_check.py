"""Do the anchors fit the data? Asked when a training starts."""

import logging

import numpy as np
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmpose.registry import HOOKS

from mmpose_lrfg.datasets.anchors import MIN_RECALL, letterboxed, measure


@HOOKS.register_module()
class AnchorCheckHook(Hook):
    """Warn where many boxes match no anchor: such objects are never learnt.

    Other heads, and data sets that do not tell the sizes of their images, are left alone.

    Args:
        recall (float): Least share of boxes that an anchor is to match.
        images (int): Images looked at, spread over the data set.
    """

    def __init__(self, recall: float = MIN_RECALL, images: int = 2000):
        self.recall = recall
        self.images = images

    def before_train(self, runner):
        """Measure and, if need be, warn."""
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        head = getattr(model, 'head', None)
        sizes = getattr(getattr(head, 'anchors', None), 'sizes', None)
        thr = getattr(getattr(getattr(head, 'criterion', None), 'assigner', None), 'ratio_thr', 0)
        if sizes is None or not thr or not is_main_process():
            return
        boxes = boxes_of(runner.train_dataloader.dataset, self.images)
        if not len(boxes):
            return
        fit = measure(boxes, sizes.cpu().numpy().astype(float), thr)
        if fit.recall < self.recall:
            runner.logger.log(
                logging.WARNING,
                f'only {fit.recall:.1%} of the boxes match an anchor; the others are never learnt '
                f'(python tools/autoanchor.py CONFIG fits anchors to the data)',
            )


def boxes_of(dataset, most: int) -> np.ndarray:
    """(N, 2) sizes of the boxes of at most so many images in pixels of the input; maybe none."""
    steps = getattr(getattr(dataset, 'pipeline', None), 'transforms', ())
    inputs = [step.input_size for step in steps if getattr(step, 'input_size', None)]
    if not inputs or not len(dataset):
        return np.zeros((0, 2))
    images, annotations = [], []
    for index in np.unique(np.linspace(0, len(dataset) - 1, most).astype(int)):
        info = dataset.get_data_info(int(index))
        if 'annotated_shape' not in info or 'bbox' not in info:
            continue
        height, width = info['annotated_shape']
        images.append(dict(id=len(images), width=width, height=height))
        for (x1, y1, x2, y2), crowd in zip(info['bbox'], info['iscrowd']):
            box = [x1, y1, x2 - x1, y2 - y1]
            annotations.append(dict(image_id=images[-1]['id'], bbox=box, iscrowd=crowd))
    return letterboxed(annotations, images, inputs[0])
