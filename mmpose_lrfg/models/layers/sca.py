"""Strengthened coordinate attention (SCA): LRFG-YoloPose paper, section II.A, eq. (1)-(5).

Coordinate attention itself: Hou et al., "Coordinate Attention for Efficient Mobile Network
Design", CVPR 2021.
"""

import warnings

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmpose.models.utils.csp_layer import CSPLayer
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_lrfg.models.old_names import accept_old_keys

from .common import ACT_CFG, NORM_CFG


@MODELS.register_module()
class CoordinateAttention(BaseModule):
    """Attention weights for every row and every column of a feature map.

    .. code-block:: text

        x -+- mean over W (eq. 1) -+                     +- conv_h - sigmoid -+ (eq. 4)
           |                       +- cat - conv_reduce -+                    +- x * a_h * a_w
           +- mean over H (eq. 2) -+       (eq. 3)       +- conv_w - sigmoid -+ (eq. 5)

    Args:
        channels (int): Channels C of input and output.
        reduction (int): ``conv_reduce`` has C / ``reduction`` output channels, at least 8.
        norm_cfg (dict): Normalisation of ``conv_reduce``.
        act_cfg (dict): Activation of ``conv_reduce``.
    """

    def __init__(
        self,
        channels: int,
        reduction: int = 4,
        norm_cfg: dict = NORM_CFG,
        act_cfg: dict = dict(type='HSwish'),
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        hidden = max(8, channels // reduction)
        with warnings.catch_warnings():
            # The norm makes the bias redundant, but the authors and the paper's counts have it.
            warnings.filterwarnings('ignore', 'Unnecessary conv bias', UserWarning)
            self.conv_reduce = ConvModule(
                channels, hidden, 1, bias=True, norm_cfg=norm_cfg, act_cfg=act_cfg
            )
        self.conv_h = nn.Conv2d(hidden, channels, 1)
        self.conv_w = nn.Conv2d(hidden, channels, 1)
        accept_old_keys(self)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        height, width = x.shape[-2:]
        x_h = x.mean(dim=3, keepdim=True)  # (N, C, H, 1)
        x_w = x.mean(dim=2, keepdim=True).transpose(2, 3)  # (N, C, W, 1)
        reduced = self.conv_reduce(torch.cat([x_h, x_w], dim=2))
        x_h, x_w = reduced.split([height, width], dim=2)
        a_h = self.conv_h(x_h).sigmoid()
        a_w = self.conv_w(x_w.transpose(2, 3)).sigmoid()
        return x * a_h * a_w


class SCABlock(BaseModule):
    """1x1 convolution and coordinate attention with a residual connection (eq. 4-5).

    Args:
        channels (int): Channels C of input and output.
    """

    def __init__(
        self,
        channels: int,
        norm_cfg: dict = NORM_CFG,
        act_cfg: dict = ACT_CFG,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        self.conv = ConvModule(channels, channels, 1, norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.attention = CoordinateAttention(channels, norm_cfg=norm_cfg)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return x + self.attention(self.conv(x))


@MODELS.register_module()
class SCACSPLayer(CSPLayer):
    """C3 layer with one :class:`SCABlock` instead of the bottlenecks (figure 2).

    Args:
        in_channels (int): Channels of the input.
        out_channels (int): Channels of the output.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        norm_cfg: dict = NORM_CFG,
        act_cfg: dict = ACT_CFG,
        init_cfg: dict | None = None,
    ):
        super().__init__(
            in_channels,
            out_channels,
            num_blocks=0,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
            init_cfg=init_cfg,
        )
        hidden = self.main_conv.out_channels
        self.blocks = nn.Sequential(SCABlock(hidden, norm_cfg, act_cfg))
