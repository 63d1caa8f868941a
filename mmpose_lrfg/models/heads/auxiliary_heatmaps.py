"""Auxiliary heatmap loss for training only.

A regressed keypoint trains the few cells that are assigned to a person; a heatmap trains every cell
around a joint: Shi et al., "End-to-End Multi-Person Pose Estimation with Transformers", CVPR 2022,
section 3.4.
"""

from collections.abc import Sequence

import torch
from mmdet.models.losses import GaussianFocalLoss
from mmengine.dist import all_reduce, get_world_size
from mmengine.model import BaseModule, bias_init_with_prob
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_lrfg.models.task_modules import PoseTargets

SPREAD = 0.6  # width of a peak in OKS standard deviations
MIN_SPREAD = 0.7  # least width of a peak in cells


@MODELS.register_module()
class AuxiliaryHeatmaps(BaseModule):
    """Heatmaps of all keypoints by a 1x1 convolution on the finest level, and their loss.

    Args:
        in_channels (int): Channels C of that level.
        sigmas (Sequence[float]): OKS sigmas of the K keypoints; they set the width of the peaks.
        stride (int): Stride of that level in pixels.
        loss_weight (float): Multiplies the loss.
    """

    sigmas: Tensor

    def __init__(
        self,
        in_channels: int,
        sigmas: Sequence[float],
        stride: int = 8,
        loss_weight: float = 1.0,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        self.stride = stride
        self.loss_weight = loss_weight
        self.layer = nn.Conv2d(in_channels, len(sigmas), 1)
        self.focal_loss = GaussianFocalLoss()
        self.register_buffer('sigmas', torch.tensor(sigmas, dtype=torch.float32), persistent=False)

    def init_weights(self) -> None:
        """Initialise for few joints (focal loss, Lin et al. 2017, section 4.1)."""
        super().init_weights()
        nn.init.normal_(self.layer.weight, std=0.01)
        nn.init.constant_(self.layer.bias, bias_init_with_prob(0.05))

    def forward(self, feat: Tensor) -> Tensor:
        """(N, C, H, W) -> probabilities (N, K, H, W)."""
        return self.layer(feat).float().sigmoid().clamp(1e-4, 1 - 1e-4)

    def get_targets(self, people: PoseTargets, shape: Sequence[int]) -> Tensor:
        """Draw heatmaps (N, K, H, W) with a Gaussian of height 1 at every visible keypoint."""
        num_images, num_keypoints, height, width = shape
        points = (people.keypoints / self.stride - 0.5).round()  # the cell with the nearest centre
        extent = people.boxes[:, 2:].prod(dim=1, keepdim=True).sqrt() / self.stride
        spread = (SPREAD * 2 * self.sigmas * extent).clamp(min=MIN_SPREAD)  # (T, K)
        along = [
            torch.exp(
                -((torch.arange(size, device=points.device) - points[..., axis, None]) ** 2)
                / (2 * spread[..., None] ** 2)
            )
            for axis, size in enumerate((width, height))
        ]
        peaks = along[1][..., :, None] * along[0][..., None, :]  # (T, K, H, W)
        peaks = peaks * people.keypoints_visible[..., None, None]
        place = people.images[:, None, None, None].expand_as(peaks)
        return peaks.new_zeros(num_images, num_keypoints, height, width).scatter_reduce(
            0, place, peaks, 'amax'
        )

    def loss(self, feat: Tensor, people: PoseTargets) -> Tensor:
        """Penalty-reduced focal loss (Law and Deng, ECCV 2018), a mean over visible keypoints.

        Args:
            feat (Tensor): (N, C, H, W), the finest level.
            people (PoseTargets): T people, in pixels.

        Returns:
            Tensor: A scalar. With several processes the mean is over the keypoints of all.
        """
        pred = self(feat)
        target = self.get_targets(people, pred.shape)
        num_visible = people.keypoints_visible.sum(dtype=torch.float32)
        if get_world_size() > 1:
            all_reduce(num_visible, op='mean')
        loss = self.focal_loss(pred, target, avg_factor=num_visible.clamp(min=1))
        return self.loss_weight * loss
