"""Implicit Ghost PANet with FGCSPP at its entrance: LRFG-YoloPose paper, sections II.B and II.C.

PANet: Liu et al., CVPR 2018.
"""

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmpose.models.utils.csp_layer import CSPLayer
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_lrfg.models.layers import GhostModule, ImplicitAdd
from mmpose_lrfg.models.layers.common import ACT_CFG, NORM_CFG, scale_depth, scale_width
from mmpose_lrfg.models.old_names import accept_old_keys


@MODELS.register_module()
class ImplicitGhostPAFPN(BaseModule):
    """Path aggregation network for any number of levels.

    .. code-block:: text

        P6 - spp - reduce -+--------------------------------- cat - C3 - (+) -> P6
                           | x2                                | down
        P5 -------------- cat - C3 - reduce -+-------------- cat - C3 - (+) -> P5
                                             | x2              | down
        P4 -------------------------------- cat - C3 - ... - cat - C3 - (+) -> P4
                                                               | down
        P3 -------------------------------------------------- cat - C3 - (+) -> P3

    ``reduce`` (1x1) and ``down`` (3x3, stride 2) are Ghost modules, ``x2`` is nearest-neighbour
    upsampling, ``(+)`` adds an implicit vector. Without Ghost modules, implicit vectors and with
    an ``SPP`` it is the neck of YOLO-Pose.

    Args:
        in_channels (Sequence[int]): Channels of the backbone's maps, finest first.
        deepen_factor (float): Multiplies the 3 bottlenecks of every C3 layer.
        widen_factor (float): Multiplies ``in_channels``.
        spp (dict, optional): Spatial pyramid pooling (``SPP`` or ``FGCSPP``) on the coarsest
            input; None where the backbone has it.
        ghost (bool): Use Ghost modules instead of ordinary convolutions.
        implicit (bool): Add implicit vectors to the outputs.
    """

    def __init__(
        self,
        in_channels: Sequence[int] = (256, 512, 768, 1024),
        deepen_factor: float = 0.33,
        widen_factor: float = 0.5,
        spp: dict | None = dict(type='FGCSPP'),
        ghost: bool = True,
        implicit: bool = True,
        norm_cfg: dict = NORM_CFG,
        act_cfg: dict = ACT_CFG,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        widths = [scale_width(c, widen_factor) for c in in_channels]
        self.cfg = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.ghost = ghost
        self.num_blocks = scale_depth(3, deepen_factor)

        self.spp = None
        if spp is not None:
            spp_cfg = dict(in_channels=widths[-1], out_channels=widths[-1], **self.cfg)
            self.spp = MODELS.build({**spp_cfg, **spp})
        self.upsample = nn.Upsample(scale_factor=2, mode='nearest')

        # Index i of the four lists below connects level i with the coarser level i + 1.
        steps = range(len(widths) - 1)
        self.reduce_layers = nn.ModuleList(
            self.build_conv(widths[i + 1], widths[i], 1) for i in steps
        )
        self.top_down_blocks = nn.ModuleList(
            self.build_block(2 * widths[i], widths[i]) for i in steps
        )
        self.downsample_layers = nn.ModuleList(
            self.build_conv(widths[i], widths[i], 3, stride=2) for i in steps
        )
        self.bottom_up_blocks = nn.ModuleList(
            self.build_block(2 * widths[i], widths[i + 1]) for i in steps
        )
        self.implicit = nn.ModuleList(ImplicitAdd(c) if implicit else nn.Identity() for c in widths)
        accept_old_keys(self)

    def build_conv(
        self, in_channels: int, out_channels: int, kernel: int, stride: int = 1
    ) -> nn.Module:
        """Build a convolution of the PANet, or the Ghost module that replaces it."""
        if self.ghost:
            return GhostModule(in_channels, out_channels, kernel, stride, **self.cfg)
        return ConvModule(
            in_channels, out_channels, kernel, stride, padding=kernel // 2, **self.cfg
        )

    def build_block(self, in_channels: int, out_channels: int) -> CSPLayer:
        """Build the C3 layer behind a concatenation."""
        options = dict(num_blocks=self.num_blocks, add_identity=False, **self.cfg)
        return CSPLayer(in_channels, out_channels, **options)

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Run the neck.

        Args:
            inputs (Sequence[Tensor]): Maps of the backbone, finest first, (N, C_i, H_i, W_i).

        Returns:
            tuple[Tensor, ...]: As many maps of the same sizes.
        """
        inputs = list(inputs)
        if self.spp is not None:
            inputs[-1] = self.spp(inputs[-1])

        x = inputs[-1]
        reduced = []
        for i in reversed(range(len(self.reduce_layers))):
            reduced.insert(0, self.reduce_layers[i](x))
            x = self.top_down_blocks[i](torch.cat([self.upsample(reduced[0]), inputs[i]], dim=1))

        outs = [x]
        for down, lateral, block in zip(self.downsample_layers, reduced, self.bottom_up_blocks):
            outs.append(block(torch.cat([down(outs[-1]), lateral], dim=1)))
        return tuple(add(x) for add, x in zip(self.implicit, outs))
