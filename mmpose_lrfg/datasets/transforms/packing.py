"""Pack a picture for the network, plane by plane."""

import cv2
import numpy as np
import torch
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.registry import TRANSFORMS


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
