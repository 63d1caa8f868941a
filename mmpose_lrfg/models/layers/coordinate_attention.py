"""Coordinate attention: Hou et al., CVPR 2021; eq. (1)-(5) of the LRFG-YoloPose paper."""

import warnings

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor, nn

from .defaults import NORM_CFG


@MODELS.register_module()
class CoordinateAttention(BaseModule):
    """Weighs every position by what its whole row and its whole column hold.

    The input is averaged along the width and along the height (eq. 1-2); both profiles pass one
    shared 1x1 convolution, side by side (eq. 3), and each is turned into sigmoid weights by a 1x1
    convolution of its own (eq. 4). The output is the input times both weights (eq. 5).

    Args:
        channels (int): Channels C of input and output.
        reduction (int): The shared convolution has C / ``reduction`` channels, at least 8.
        norm_cfg (dict): Normalisation of the shared convolution.
        act_cfg (dict): Its non-linearity.
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
            # The authors have this bias, and the paper counts it, though the norm takes it out.
            warnings.filterwarnings('ignore', 'Unnecessary conv bias', UserWarning)
            self.shared = ConvModule(
                channels, hidden, 1, bias=True, norm_cfg=norm_cfg, act_cfg=act_cfg
            )
        self.rows = nn.Conv2d(hidden, channels, 1)
        self.columns = nn.Conv2d(hidden, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        height, width = x.shape[-2:]
        of_rows = x.mean(dim=3, keepdim=True)  # (N, C, H, 1)
        of_columns = x.mean(dim=2, keepdim=True).transpose(2, 3)  # (N, C, W, 1)
        profile = self.shared(torch.cat([of_rows, of_columns], dim=2))
        of_rows, of_columns = profile.split([height, width], dim=2)
        row_weights = self.rows(of_rows).sigmoid()
        column_weights = self.columns(of_columns.transpose(2, 3)).sigmoid()
        return x * row_weights * column_weights
