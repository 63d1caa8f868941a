"""CPN: Chen et al., "Cascaded Pyramid Network for Multi-Person Pose Estimation", CVPR 2018."""

from collections.abc import Sequence
from functools import partial

import torch
from mmcv.cnn import ConvModule
from mmpose.models.backbones.resnet import Bottleneck
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn.functional import interpolate

WIDTH = 256
conv = partial(ConvModule, norm_cfg=dict(type='BN'))
linear_conv = partial(conv, act_cfg=None)
upsample = partial(interpolate, mode='bilinear', align_corners=True)


@MODELS.register_module()
class CascadedPyramid(nn.Module):
    """GlobalNet and RefineNet on a ResNet's four maps (section 3.2 and figure 1).

    Args:
        in_channels (Sequence[int]): Of the maps, finest first.
        num_keypoints (int): Heatmaps K.
    """

    def __init__(
        self, in_channels: Sequence[int] = (256, 512, 1024, 2048), num_keypoints: int = 17
    ):
        super().__init__()
        self.reduce_layers = nn.ModuleList(conv(c, WIDTH, 1) for c in in_channels)
        # The coarsest map is only added to.
        self.upsample_convs = nn.ModuleList(linear_conv(WIDTH, WIDTH, 1) for _ in in_channels[1:])
        # GlobalNet's own heatmaps are for the loss alone: they count, but forward skips them.
        self.predicts = nn.ModuleList(
            nn.Sequential(conv(WIDTH, WIDTH, 1), linear_conv(WIDTH, num_keypoints, 3, padding=1))
            for _ in in_channels
        )
        # Coarser maps pass more bottlenecks.
        self.refine = nn.ModuleList(
            nn.Sequential(*(Bottleneck(WIDTH, WIDTH, expansion=2) for _ in range(level)))
            for level in range(len(in_channels))
        )
        joined = WIDTH * len(in_channels)
        self.join = nn.Sequential(
            Bottleneck(joined, WIDTH, expansion=2, downsample=linear_conv(joined, WIDTH, 1)),
            linear_conv(WIDTH, num_keypoints, 3, padding=1),
        )

    def forward(self, feats: Sequence[Tensor]) -> tuple[Tensor]:
        """Maps, finest first, -> the refined heatmaps (N, K, H_0, W_0)."""
        levels = [self.reduce_layers[-1](feats[-1])]
        for index in reversed(range(len(feats) - 1)):
            feat = self.reduce_layers[index](feats[index])
            coarser = upsample(levels[0], feat.shape[2:])
            levels.insert(0, feat + self.upsample_convs[index](coarser))
        size = feats[0].shape[2:]
        refined = [upsample(refine(feat), size) for refine, feat in zip(self.refine, levels)]
        return (self.join(torch.cat(refined, dim=1)),)
