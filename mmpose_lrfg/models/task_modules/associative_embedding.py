"""Associative embedding (Newell et al., NeurIPS 2017) on several scales, as in HigherHRNet."""

from collections.abc import Sequence

import numpy as np
from mmpose.codecs import AssociativeEmbedding
from mmpose.registry import KEYPOINT_CODECS


@KEYPOINT_CODECS.register_module()
class MultiScaleAssociativeEmbedding(AssociativeEmbedding):
    """Encode heatmaps on every scale and tag positions on the first; decode as the parent.

    MMPose's codec can only decode: it does not list ``keypoint_indices`` for packing, and it
    encodes the nearest cell corner, where all published weights use the cell that contains the
    keypoint. Upsampling a heatmap keeps the centres of its cells, so that the nearest corner moves
    every keypoint by half a cell: 2 pixels at stride 4.

    Args:
        input_size (tuple[int, int]): Width and height of the network's input in pixels.
        strides (Sequence[int]): Pixels per cell of each heatmap, the one with tags first.
        sigma (float): Of the Gaussians in cells, the same on all scales (Cheng et al., CVPR 2020,
            section 3.3).
        **decoding: The ``decode_...`` arguments of the parent, which decodes heatmaps of the size
            of the input.

    Raises:
        ValueError: If a stride does not divide ``input_size``.
    """

    label_mapping_table = dict(keypoint_indices='keypoint_indices')
    field_mapping_table = dict(heatmaps='heatmaps', heatmap_mask='heatmap_mask')

    def __init__(
        self,
        input_size: tuple[int, int],
        strides: Sequence[int] = (4, 2),
        sigma: float = 2,
        **decoding,
    ):
        super().__init__(input_size, heatmap_size=input_size, sigma=sigma, **decoding)
        if any(side % stride for stride in strides for side in input_size):
            raise ValueError(f'input_size {input_size} is not a multiple of strides {strides}')
        self.encoders = [
            AssociativeEmbedding(
                input_size, tuple(side // stride for side in input_size), sigma=sigma
            )
            for stride in strides
        ]

    def encode(self, keypoints: np.ndarray, keypoints_visible: np.ndarray | None = None) -> dict:
        """Encode the people of one image.

        Args:
            keypoints (ndarray): (N, K, 2) in pixels of the input.
            keypoints_visible (ndarray, optional): (N, K), above 0.5 where visible.

        Returns:
            dict: ``heatmaps``, for each stride (K, H / stride, W / stride) float32;
            ``keypoint_indices`` (N, K, 2) int64: y * W + x on the first scale, and 1 for a visible
            keypoint inside the image.
        """
        if keypoints_visible is None:
            keypoints_visible = np.ones(keypoints.shape[:2], np.float32)
        inside = ((keypoints >= 0) & (keypoints < self.input_size)).all(axis=-1)
        visible = keypoints_visible * inside
        # The parent rounds to the nearest integer; half a cell less gives the cell itself.
        encoded = [e.encode(keypoints - e.scale_factor / 2, visible) for e in self.encoders]
        return dict(
            heatmaps=[scale['heatmaps'] for scale in encoded],
            keypoint_indices=encoded[0]['keypoint_indices'],
        )
