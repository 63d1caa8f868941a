"""The neck: FGCSPP at its entrance and an implicit Ghost PANet (paper, sections II.B and II.C)."""

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmpose.models.utils.csp_layer import CSPLayer
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmpose_lrfg.models.layers import GhostModule, ImplicitAdd
from mmpose_lrfg.models.layers.defaults import ACT_CFG, NORM_CFG, scale_depth, scale_width


@MODELS.register_module()
class ImplicitGhostPAFPN(BaseModule):
    """Path aggregation over any number of levels, down from the coarsest and up again.

    .. code-block:: text

        P6 - pyramid - lateral -+------------------------------- cat - CSP - (+) -> 512
                                | x2                              | down
        P5 ------------------- cat - CSP - lateral -+----------- cat - CSP - (+) -> 384
                                                    | x2          | down
        P4 --------------------------------------- cat - CSP ... cat - CSP - (+) -> 256
                                                                  | down
        P3 --------------------------------------------------- cat - CSP - (+) -> 128

    ``lateral`` (1x1) and ``down`` (3x3, stride 2) are Ghost modules, ``(+)`` adds an implicit
    vector; both are options. Without them and with an ``SPP`` it is the neck of YOLO-Pose.

    Args:
        in_channels (Sequence[int]): Channels of the backbone's maps, finest first.
        out_channels (Sequence[int], optional): Channels of the outputs; by default those of the
            inputs.
        deepen_factor (float): Multiplies the number of blocks (3) of every CSP layer.
        widen_factor (float): Multiplies ``in_channels`` and ``out_channels``.
        pyramid (dict, optional): Pooling module on the coarsest input; None where the backbone
            has it.
        ghost (bool): Ghost modules instead of ordinary convolutions.
        implicit (bool): Implicit vectors on the outputs.
    """

    def __init__(
        self,
        in_channels: Sequence[int] = (256, 512, 768, 1024),
        out_channels: Sequence[int] | None = None,
        deepen_factor: float = 0.33,
        widen_factor: float = 0.5,
        num_blocks: int = 3,
        pyramid: dict | None = dict(type='FGCSPP'),
        ghost: bool = True,
        implicit: bool = True,
        norm_cfg: dict = NORM_CFG,
        act_cfg: dict = ACT_CFG,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        ins = [scale_width(c, widen_factor) for c in in_channels]
        outs = [scale_width(c, widen_factor) for c in out_channels or in_channels]
        if len(ins) != len(outs):
            raise ValueError(f'{len(ins)} inputs but {len(outs)} outputs')
        self.cfg = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.ghost = ghost
        self.num_blocks = scale_depth(num_blocks, deepen_factor)

        self.pyramid = None
        if pyramid is not None:
            pyramid_cfg = dict(in_channels=ins[-1], out_channels=ins[-1], **self.cfg)
            self.pyramid = MODELS.build({**pyramid_cfg, **pyramid})
        self.upsample = nn.Upsample(scale_factor=2, mode='nearest')

        # Index i of the three lists below works between level i and the coarser level i + 1.
        steps = range(len(ins) - 1)
        self.laterals = nn.ModuleList(self.build_conv(ins[i + 1], ins[i], 1) for i in steps)
        self.top_down = nn.ModuleList(
            self.build_csp(2 * ins[i], outs[i] if i == 0 else ins[i]) for i in steps
        )
        self.downs = nn.ModuleList(self.build_conv(outs[i], ins[i], 3, stride=2) for i in steps)
        self.bottom_up = nn.ModuleList(self.build_csp(2 * ins[i], outs[i + 1]) for i in steps)
        self.implicit = nn.ModuleList(ImplicitAdd(c) if implicit else nn.Identity() for c in outs)

    def build_conv(self, in_channels: int, out_channels: int, kernel: int, stride: int = 1):
        """A plain convolution of the PANet, or the Ghost module that replaces it."""
        if self.ghost:
            return GhostModule(in_channels, out_channels, kernel, stride, **self.cfg)
        return ConvModule(
            in_channels, out_channels, kernel, stride, padding=kernel // 2, **self.cfg
        )

    def build_csp(self, in_channels: int, out_channels: int) -> CSPLayer:
        """The layer that mixes two concatenated maps."""
        return CSPLayer(
            in_channels,
            out_channels,
            num_blocks=self.num_blocks,
            add_identity=False,
            **self.cfg,
        )

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Maps of the backbone, finest first, (N, C_i, H_i, W_i) -> as many of the same sizes."""
        inputs = list(inputs)
        if self.pyramid is not None:
            inputs[-1] = self.pyramid(inputs[-1])

        x = inputs[-1]
        laterals = []
        for i in reversed(range(len(self.laterals))):
            lateral = self.laterals[i](x)
            laterals.insert(0, lateral)
            x = self.top_down[i](torch.cat([self.upsample(lateral), inputs[i]], dim=1))

        outs = [x]
        for down, lateral, csp in zip(self.downs, laterals, self.bottom_up):
            outs.append(csp(torch.cat([down(outs[-1]), lateral], dim=1)))
        return tuple(add(x) for add, x in zip(self.implicit, outs))
