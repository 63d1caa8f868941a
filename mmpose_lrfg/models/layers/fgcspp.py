"""Spatial pyramid pooling: YOLO-Pose's SPP and the paper's FGCSPP (section II.B).

SPP: He et al., TPAMI 2015.
"""

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor, nn

from .common import ACT_CFG, NORM_CFG


@MODELS.register_module()
class SPP(BaseModule):
    """Parallel max pools of several sizes (paper, figure 3).

    Args:
        in_channels (int): Channels of the input; the pools run on half of them.
        out_channels (int): Channels of the output.
        kernel_sizes (Sequence[int]): Odd window sizes in cells.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_sizes: Sequence[int] = (3, 5, 7),
        norm_cfg: dict = NORM_CFG,
        act_cfg: dict = ACT_CFG,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        cfg = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        hidden = in_channels // 2
        self.reduce = ConvModule(in_channels, hidden, 1, **cfg)
        self.pools = nn.ModuleList(nn.MaxPool2d(k, stride=1, padding=k // 2) for k in kernel_sizes)
        self.expand = ConvModule(hidden * (1 + len(self.pools)), out_channels, 1, **cfg)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C_in, H, W) -> (N, C_out, H, W)."""
        x = self.reduce(x)
        return self.expand(torch.cat([x, *(pool(x) for pool in self.pools)], dim=1))


@MODELS.register_module()
class FGCSPP(BaseModule):
    """Fine-grained cascaded spatial pyramid pooling (paper, figure 4).

    .. code-block:: text

        x -+- 1x1 - 3x3 - 1x1 -+-----------------------+-- cat - 1x1 - 3x3 -+- cat - 1x1 ->
           |                   +- 5x5 pool - pool - pool (each kept) -+      |
           +- 1x1 ------------------------- residual ------------------------+

    The three cascaded pools cover 5, 9 and 13 cells.

    Args:
        in_channels (int): Channels of the input.
        out_channels (int): Channels of the output and of every convolution inside.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        norm_cfg: dict = NORM_CFG,
        act_cfg: dict = ACT_CFG,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        cfg = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.before = nn.Sequential(
            ConvModule(in_channels, out_channels, 1, **cfg),
            ConvModule(out_channels, out_channels, 3, padding=1, **cfg),
            ConvModule(out_channels, out_channels, 1, **cfg),
        )
        self.pool = nn.MaxPool2d(5, stride=1, padding=2)
        self.after = nn.Sequential(
            ConvModule(4 * out_channels, out_channels, 1, **cfg),
            ConvModule(out_channels, out_channels, 3, padding=1, **cfg),
        )
        self.residual = ConvModule(in_channels, out_channels, 1, **cfg)
        self.fuse = ConvModule(2 * out_channels, out_channels, 1, **cfg)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C_in, H, W) -> (N, C_out, H, W)."""
        levels = [self.before(x)]
        for _ in range(3):
            levels.append(self.pool(levels[-1]))
        pooled = self.after(torch.cat(levels, dim=1))
        return self.fuse(torch.cat([pooled, self.residual(x)], dim=1))
