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

    Args: those of ``PackPoseInputs``.
    """

    def transform(self, results: dict) -> dict:
        """Pack ``inputs``, (3, H, W) uint8, and ``data_samples``."""
        image = results['img']
        if image.ndim != 3 or image.shape[2] != 3:
            return super().transform(results)
        planes = np.empty((3, *image.shape[:2]), image.dtype)
        cv2.split(image, list(planes))
        packed = super().transform({**results, 'img': image[:1, :1]})
        packed['inputs'] = torch.from_numpy(planes)
        return packed
