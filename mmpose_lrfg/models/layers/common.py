"""Normalisation, activation and scaling that all layers share."""

import math

#: Normalisation and activation of every convolution of YOLO-Pose.
NORM_CFG = {'type': 'BN', 'momentum': 0.03, 'eps': 0.001}
ACT_CFG = {'type': 'SiLU'}


def scale_width(channels: int, widen_factor: float) -> int:
    """Return ``channels * widen_factor``, rounded up to a multiple of 8."""
    return math.ceil(channels * widen_factor / 8) * 8


def scale_depth(num_blocks: int, deepen_factor: float) -> int:
    """Return ``num_blocks * deepen_factor``, rounded, at least 1."""
    return max(round(num_blocks * deepen_factor), 1)
