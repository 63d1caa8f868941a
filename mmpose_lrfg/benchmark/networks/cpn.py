"""CPN: Chen et al., "Cascaded Pyramid Network for Multi-Person Pose Estimation", CVPR 2018."""

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmpose.models.backbones.resnet import Bottleneck
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn.functional import interpolate


def conv(in_channels: int, out_channels: int, kernel: int, act: bool = True) -> ConvModule:
    """A convolution with BatchNorm, and ReLU unless told otherwise."""
    return ConvModule(
        in_channels,
        out_channels,
        kernel,
        padding=kernel // 2,
        norm_cfg=dict(type='BN'),
        act_cfg=dict(type='ReLU') if act else None,
    )


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
        width = 256
        self.laterals = nn.ModuleList(conv(c, width, 1) for c in in_channels)
        # One less than levels: the coarsest is only added to.
        self.ups = nn.ModuleList(conv(width, width, 1, act=False) for _ in in_channels[1:])
        # GlobalNet's own heatmaps are for the loss alone, so that forward leaves them out.
        self.predicts = nn.ModuleList(
            nn.Sequential(conv(width, width, 1), conv(width, num_keypoints, 3, act=False))
            for _ in in_channels
        )
        # Coarser maps go through more bottlenecks before they are brought to the finest size.
        self.refine = nn.ModuleList(
            nn.Sequential(*(bottleneck(width, width) for _ in range(level)))
            for level in range(len(in_channels))
        )
        self.join = nn.Sequential(
            bottleneck(width * len(in_channels), width), conv(width, num_keypoints, 3, act=False)
        )

    def forward(self, feats: Sequence[Tensor]) -> tuple[Tensor]:
        """Maps, finest first, -> the refined heatmaps (N, K, H_0, W_0)."""
        size = feats[0].shape[2:]
        top, levels = None, []
        for index in reversed(range(len(feats))):
            feat = self.laterals[index](feats[index])
            if top is not None:
                bigger = interpolate(top, feat.shape[2:], mode='bilinear', align_corners=True)
                feat = feat + self.ups[index](bigger)
            top = feat
            levels.insert(0, feat)
        refined = [
            interpolate(refine(feat), size, mode='bilinear', align_corners=True)
            for refine, feat in zip(self.refine, levels)
        ]
        return (self.join(torch.cat(refined, dim=1)),)


def bottleneck(in_channels: int, out_channels: int) -> Bottleneck:
    """A residual block with half the channels inside, and a projection where the width changes."""
    project = conv(in_channels, out_channels, 1, act=False) if in_channels != out_channels else None
    return Bottleneck(in_channels, out_channels, expansion=2, downsample=project)
