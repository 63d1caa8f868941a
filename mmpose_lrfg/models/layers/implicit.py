"""Implicit knowledge: Wang et al., "You Only Learn One Representation", 2021.

LRFG-YoloPose paper, eq. (7)-(8): a learned vector that does not depend on the input, added to a
feature map or multiplied into an output. :func:`mmpose_lrfg.models.fuse.fuse` folds both into the
neighbouring convolutions for inference.
"""

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn


class _Implicit(nn.Module):
    """A learned value per channel, initialised from a normal distribution.

    Args:
        channels (int): Channels C.
    """

    mean: float

    def __init__(self, channels: int):
        super().__init__()
        self.vector = nn.Parameter(torch.empty(1, channels, 1, 1))
        nn.init.normal_(self.vector, mean=self.mean, std=0.02)


@MODELS.register_module()
class ImplicitAdd(_Implicit):
    """Add a learned vector to every position: (N, C, H, W) -> (N, C, H, W)."""

    mean = 0.0

    def forward(self, x: Tensor) -> Tensor:
        return x + self.vector


@MODELS.register_module()
class ImplicitMultiply(_Implicit):
    """Multiply every position by a learned vector: (N, C, H, W) -> (N, C, H, W)."""

    mean = 1.0

    def forward(self, x: Tensor) -> Tensor:
        return x * self.vector
