"""What every convolution of the networks shares, and how widths and depths scale."""

import math

NORM_CFG = {'type': 'BN', 'momentum': 0.03, 'eps': 0.001}
ACT_CFG = {'type': 'SiLU'}


def scale_width(channels: int, widen_factor: float, divisor: int = 8) -> int:
    """Channels of a wider or narrower network, rounded up to a multiple of ``divisor``."""
    return math.ceil(channels * widen_factor / divisor) * divisor


def scale_depth(num_blocks: int, deepen_factor: float) -> int:
    """Blocks of a deeper or shallower network, at least one."""
    return max(round(num_blocks * deepen_factor), 1)
