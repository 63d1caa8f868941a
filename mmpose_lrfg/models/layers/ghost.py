"""Ghost convolution: Han et al., CVPR 2020; paper, section II.C."""

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor

from .defaults import ACT_CFG, NORM_CFG


@MODELS.register_module()
class GhostModule(BaseModule):
    """Half of the maps by an ordinary convolution, the other half by a cheap one from the first.

    Args:
        in_channels (int): Channels of the input.
        out_channels (int): Channels of the output, even.
        kernel_size (int): Odd kernel of the ordinary convolution, padded by half of it.
        stride (int): Its stride.
        cheap_kernel_size (int): Odd kernel of the depthwise convolution.

    Raises:
        ValueError: If ``out_channels`` is odd.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 1,
        stride: int = 1,
        cheap_kernel_size: int = 5,
        norm_cfg: dict = NORM_CFG,
        act_cfg: dict = ACT_CFG,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        if out_channels % 2:
            raise ValueError(f'GhostModule needs an even number of channels, not {out_channels}')
        half = out_channels // 2
        cfg = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.primary = ConvModule(
            in_channels, half, kernel_size, stride, padding=kernel_size // 2, **cfg
        )
        self.cheap = ConvModule(
            half, half, cheap_kernel_size, padding=cheap_kernel_size // 2, groups=half, **cfg
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C_in, H, W) -> (N, C_out, H / stride, W / stride)."""
        primary = self.primary(x)
        return torch.cat([primary, self.cheap(primary)], dim=1)
