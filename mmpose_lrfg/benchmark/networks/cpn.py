"""CPN: Chen et al., "Cascaded Pyramid Network for Multi-Person Pose Estimation", CVPR 2018."""

from collections.abc import Sequence
from functools import partial

import torch
from mmcv.cnn import ConvModule
from mmpose.models.backbones.resnet import Bottleneck
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn.functional import interpolate

IN_CHANNELS = (256, 512, 1024, 2048)  # finest map first
WIDTH, KEYPOINTS = 256, 17
conv = partial(ConvModule, norm_cfg=dict(type='BN'))
linear_conv = partial(conv, act_cfg=None)
upsample = partial(interpolate, mode='bilinear', align_corners=True)


@MODELS.register_module()
class CascadedPyramid(nn.Module):
    """GlobalNet and RefineNet on a ResNet's four maps (section 3.2 and figure 1)."""

    def __init__(self):
        super().__init__()
        self.reduce_layers = nn.ModuleList(conv(channels, WIDTH, 1) for channels in IN_CHANNELS)
        # The coarsest map is only added to.
        self.upsample_convs = nn.ModuleList(linear_conv(WIDTH, WIDTH, 1) for _ in range(3))
        # GlobalNet's own heatmaps are for the loss alone: they count, but forward skips them.
        self.predicts = nn.ModuleList(
            nn.Sequential(conv(WIDTH, WIDTH, 1), linear_conv(WIDTH, KEYPOINTS, 3, padding=1))
            for _ in IN_CHANNELS
        )
        # Coarser maps pass more bottlenecks.
        self.refine = nn.ModuleList(
            nn.Sequential(*(Bottleneck(WIDTH, WIDTH, expansion=2) for _ in range(level)))
            for level in range(len(IN_CHANNELS))
        )
        joined = WIDTH * len(IN_CHANNELS)
        self.join = nn.Sequential(
            Bottleneck(joined, WIDTH, expansion=2, downsample=linear_conv(joined, WIDTH, 1)),
            linear_conv(WIDTH, KEYPOINTS, 3, padding=1),
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
