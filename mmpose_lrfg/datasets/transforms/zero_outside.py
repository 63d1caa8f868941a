"""What YOLO-Pose's augmentation does to keypoints that leave the image."""

import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS


@TRANSFORMS.register_module()
class ZeroCoordinatesOutside(BaseTransform):
    """Set x to 0 where it is outside the image, and y likewise, each for itself.

    A flaw kept for comparison: a keypoint beyond the left or right edge becomes unlabelled (with
    ``unannotated_at_zero`` of the head), one beyond the top or bottom stays labelled, at y = 0.
    MMPose's transforms unlabel both with ``clip_border=True``, so give them
    ``clip_border=False`` and put this one behind; boxes are clipped here.

    Needs ``img``, ``keypoints`` (N, K, 2), ``bbox`` (N, 4) as x1, y1, x2, y2, pixels.
    """

    def transform(self, results: dict) -> dict:
        """Change ``keypoints`` and ``bbox``."""
        size = np.array(results['img'].shape[1::-1], np.float32)  # width, height
        keypoints = results['keypoints']
        inside = (keypoints >= 0) & (keypoints <= size)
        results['keypoints'] = np.where(inside, keypoints, 0).astype(keypoints.dtype)
        results['bbox'] = np.clip(results['bbox'], 0, np.tile(size, 2)).astype(np.float32)
        return results
