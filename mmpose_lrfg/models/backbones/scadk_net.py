"""SCADK-Net: Darknet-CSP-d53 with strengthened coordinate attention (paper, section II.A)."""

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmpose.models.utils.csp_layer import CSPLayer
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmpose_lrfg.models.layers import SCACSPLayer
from mmpose_lrfg.models.layers.common import ACT_CFG, NORM_CFG, scale_depth, scale_width


@MODELS.register_module()
class SCADKNet(BaseModule):
    """A stem and five stages; each halves the resolution: strides 2 | 4, 8, 16, 32, 64.

    A stage is a 3x3 stride-2 convolution and a C3 layer (MMPose's ``CSPLayer``; CSPNet, Wang et
    al., CVPRW 2020), which in ``sca_stages`` is an :class:`SCACSPLayer`. Without any of those it is
    Darknet-CSP-d53, the backbone of YOLO-Pose.

    Args:
        deepen_factor (float): Multiplies the numbers of blocks (3, 9, 9, 3, 3).
        widen_factor (float): Multiplies the channels (stem 64; 128, 256, 512, 768, 1024), rounded
            up to multiples of 8.
        sca_stages (Sequence[int]): Stages, 1 to 5, with coordinate attention.
        out_indices (Sequence[int]): Stages to return; 2 to 5 are P3 to P6.
        spp (dict, optional): Spatial pyramid pooling (``SPP`` or ``FGCSPP``) inside the last
            stage, before its C3 layer, as in YOLO-Pose. Default: none, the neck has it.
        stem (str): ``'conv6'``: one 6x6 stride-2 convolution, the same function as a Focus layer
            with a 3x3 convolution. ``'conv3x2'``: two 3x3 convolutions through 12 channels (the
            lite variants of YOLO-Pose).
        frozen_stages (int): Freeze the stem (0) and the stages up to this one; -1 for none.
        norm_eval (bool): Keep BatchNorm in evaluation mode during training.

    Raises:
        ValueError: If a stage or the stem does not exist.
    """

    base_channels = (128, 256, 512, 768, 1024)
    base_blocks = (3, 9, 9, 3, 3)
    #: Several times faster in training on CPUs, and suits the tensor cores of GPUs.
    memory_format = torch.channels_last

    def __init__(
        self,
        deepen_factor: float = 0.33,
        widen_factor: float = 0.5,
        sca_stages: Sequence[int] = (4, 5),
        out_indices: Sequence[int] = (2, 3, 4, 5),
        spp: dict | None = None,
        stem: str = 'conv6',
        frozen_stages: int = -1,
        norm_eval: bool = False,
        norm_cfg: dict = NORM_CFG,
        act_cfg: dict = ACT_CFG,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        num_stages = len(self.base_channels)
        for name, stages in (('sca_stages', sca_stages), ('out_indices', out_indices)):
            if not set(stages) <= set(range(1, num_stages + 1)):
                raise ValueError(f'{name} must be stages in 1..{num_stages}, got {stages}')
        self.cfg = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.out_indices = tuple(out_indices)
        self.frozen_stages = frozen_stages
        self.norm_eval = norm_eval

        channels = scale_width(64, widen_factor)
        self.stem = self.build_stem(stem, channels)
        for index, (width, blocks) in enumerate(zip(self.base_channels, self.base_blocks), 1):
            width = scale_width(width, widen_factor)
            last = index == num_stages
            stage = [ConvModule(channels, width, 3, stride=2, padding=1, **self.cfg)]
            if spp is not None and last:
                spp_cfg = dict(in_channels=width, out_channels=width, **self.cfg)
                stage.append(MODELS.build({**spp_cfg, **spp}))
            if index in sca_stages:
                stage.append(SCACSPLayer(width, width, **self.cfg))
            else:
                num_blocks = scale_depth(blocks, deepen_factor)
                options = dict(num_blocks=num_blocks, add_identity=not last, **self.cfg)
                stage.append(CSPLayer(width, width, **options))
            self.add_module(f'stage{index}', nn.Sequential(*stage))
            channels = width
        self.num_stages = num_stages

    def build_stem(self, kind: str, channels: int) -> nn.Module:
        """Build the layers before the first stage: (N, 3, H, W) -> (N, C, H / 2, W / 2)."""
        if kind == 'conv6':
            return ConvModule(3, channels, 6, stride=2, padding=2, **self.cfg)
        if kind == 'conv3x2':
            return nn.Sequential(
                ConvModule(3, 12, 3, stride=2, padding=1, **self.cfg),
                ConvModule(12, channels, 3, padding=1, **self.cfg),
            )
        raise ValueError(f"stem must be 'conv6' or 'conv3x2', got {kind!r}")

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Run the backbone.

        Args:
            x (Tensor): (N, 3, H, W); H and W are multiples of 64.

        Returns:
            tuple[Tensor, ...]: Per stage i of ``out_indices`` (N, C_i, H / 2^(i+1), W / 2^(i+1)).
        """
        x = self.stem(x.contiguous(memory_format=self.memory_format))
        outs = []
        for index in range(1, self.num_stages + 1):
            x = getattr(self, f'stage{index}')(x)
            if index in self.out_indices:
                outs.append(x)
        return tuple(outs)

    def train(self, mode: bool = True):
        """Set the mode; frozen stages (and BatchNorm with ``norm_eval``) stay in evaluation."""
        super().train(mode)
        for index in range(self.frozen_stages + 1):
            frozen = self.stem if index == 0 else getattr(self, f'stage{index}')
            frozen.eval()
            frozen.requires_grad_(False)
        if mode and self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self
