"""The strengthened coordinate attention (SCA) stage: paper, section II.A, figure 2."""

from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmpose.models.utils.csp_layer import CSPLayer
from mmpose.registry import MODELS
from torch import Tensor, nn

from .coordinate_attention import CoordinateAttention
from .defaults import ACT_CFG, NORM_CFG


class SCABlock(BaseModule):
    """A 1x1 convolution, coordinate attention over it, and the input added back (eq. 4-5).

    Args:
        channels (int): Channels of input and output.
        reduction (int): Reduction of the attention.
    """

    def __init__(
        self,
        channels: int,
        reduction: int = 4,
        norm_cfg: dict = NORM_CFG,
        act_cfg: dict = ACT_CFG,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        self.conv = ConvModule(channels, channels, 1, norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.attention = CoordinateAttention(channels, reduction, norm_cfg=norm_cfg)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return x + self.attention(self.conv(x))


@MODELS.register_module()
class SCACSPLayer(CSPLayer):
    """A cross-stage-partial (C3) layer whose bottlenecks give way to one :class:`SCABlock`.

    The frame stays as it is: two 1x1 branches of half the width, one of them refined, both
    concatenated and mixed by a 1x1 convolution.

    Args:
        in_channels (int): Channels of the input.
        out_channels (int): Channels of the output.
        reduction (int): Reduction of the attention.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        reduction: int = 4,
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
        self.blocks = nn.Sequential(SCABlock(hidden, reduction, norm_cfg, act_cfg))
