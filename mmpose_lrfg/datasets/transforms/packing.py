"""Packing samples, and samples into batches."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import FUNCTIONS
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.registry import TRANSFORMS
from torch.utils.data import default_collate


@TRANSFORMS.register_module()
class PackPlanes(PackPoseInputs):
    """``PackPoseInputs``; the image becomes (3, H, W) by OpenCV, faster than by torch.

    Required Keys: those of ``PackPoseInputs``, with ``img`` (H, W, 3) uint8.

    The paths in ``skipped_images``, if there are any, become part of the metainfo.

    Args: those of ``PackPoseInputs``.
    """

    def transform(self, results: dict) -> dict:
        """Pack ``inputs``, (3, H, W) uint8, and ``data_samples``."""
        image = results['img']
        if image.ndim == 3 and image.shape[2] == 3:
            planes = np.empty((3, *image.shape[:2]), image.dtype)
            cv2.split(image, list(planes))
            packed = super().transform({**results, 'img': image[:1, :1].copy()})
            packed['inputs'] = torch.from_numpy(planes)
        else:
            packed = super().transform(results)
        if results.get('skipped_images'):
            packed['data_samples'].set_metainfo({'skipped_images': results['skipped_images']})
        return packed


@FUNCTIONS.register_module()
def stack_collate(samples: Sequence[dict]) -> dict:
    """``pseudo_collate`` that stacks images and turns the tensors of labels into arrays.

    Every tensor is passed from a data loader process as a file of its own, which the training
    process opens and maps: 400 files for a batch of 64 images and their labels. Here it is one.

    Args:
        samples (Sequence[dict]): N samples with ``inputs`` (3, H, W) and ``data_samples``. Images
            of several sizes are not stacked.

    Returns:
        dict: ``inputs``, (N, 3, H, W), and ``data_samples``, a list.
    """
    images = [sample['inputs'] for sample in samples]
    if len({(image.shape, image.dtype) for image in images}) != 1:
        return pseudo_collate(samples)
    data_samples = [sample['data_samples'] for sample in samples]
    for each in data_samples:
        if 'gt_instance_labels' in each:
            each.gt_instance_labels = each.gt_instance_labels.numpy()
    # Writes the batch directly into shared memory.
    return dict(inputs=default_collate(images), data_samples=data_samples)
