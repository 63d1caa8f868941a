"""Ghost module: Han et al., "GhostNet", CVPR 2020; LRFG-YoloPose paper, section II.C."""

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor

from mmpose_lrfg.models.old_names import accept_old_keys

from .common import ACT_CFG, NORM_CFG


@MODELS.register_module()
class GhostModule(BaseModule):
    """Half of the output by a convolution, the other half from it by a depthwise 5x5 convolution.

    Args:
        in_channels (int): Channels of the input.
        out_channels (int): Channels of the output, even.
        kernel_size (int): Odd kernel size of ``primary_conv``, padded by half of it.
        stride (int): Stride of ``primary_conv``.

    Raises:
        ValueError: If ``out_channels`` is odd.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 1,
        stride: int = 1,
        norm_cfg: dict = NORM_CFG,
        act_cfg: dict = ACT_CFG,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        if out_channels % 2:
            raise ValueError(f'out_channels of GhostModule must be even, got {out_channels}')
        half = out_channels // 2
        cfg = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.primary_conv = ConvModule(
            in_channels, half, kernel_size, stride, padding=kernel_size // 2, **cfg
        )
        self.cheap_operation = ConvModule(half, half, 5, padding=2, groups=half, **cfg)
        accept_old_keys(self)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C_in, H, W) -> (N, C_out, H / stride, W / stride)."""
        primary = self.primary_conv(x)
        return torch.cat([primary, self.cheap_operation(primary)], dim=1)
