"""C3, YOLOv5's cross-stage-partial layer: MMPose's ``CSPLayer``, scaled in width and depth.

CSPNet: Wang et al., CVPRW 2020. Two 1x1 convolutions of half the width, bottlenecks behind one of
them, concatenation, 1x1 convolution.
"""

import math

from mmpose.models.utils.csp_layer import CSPLayer

#: Normalisation and activation of every convolution of YOLO-Pose.
NORM_CFG = {'type': 'BN', 'momentum': 0.03, 'eps': 0.001}
ACT_CFG = {'type': 'SiLU'}


def scale_width(channels: int, widen_factor: float, divisor: int = 8) -> int:
    """Return ``channels * widen_factor``, rounded up to a multiple of ``divisor``."""
    return math.ceil(channels * widen_factor / divisor) * divisor


def scale_depth(num_blocks: int, deepen_factor: float) -> int:
    """Return ``num_blocks * deepen_factor``, rounded, at least 1."""
    return max(round(num_blocks * deepen_factor), 1)


def build_c3(
    in_channels: int,
    out_channels: int,
    num_blocks: int,
    shortcut: bool,
    norm_cfg: dict = NORM_CFG,
    act_cfg: dict = ACT_CFG,
) -> CSPLayer:
    """Build a C3 layer, (N, C_in, H, W) -> (N, C_out, H, W).

    Args:
        in_channels (int): Channels of the input.
        out_channels (int): Channels of the output.
        num_blocks (int): Bottlenecks.
        shortcut (bool): Add the input of each bottleneck to its output.
    """
    return CSPLayer(
        in_channels,
        out_channels,
        num_blocks=num_blocks,
        add_identity=shortcut,
        norm_cfg=norm_cfg,
        act_cfg=act_cfg,
    )
