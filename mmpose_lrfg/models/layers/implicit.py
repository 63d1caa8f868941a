"""Implicit knowledge: Wang et al., "You Only Learn One Representation", 2021; paper, eq. (7)-(8).

A learned vector that does not depend on the input: added to a feature map it shifts the feature
space, multiplied into an output it scales (or turns round) each output. At inference both fold
into the neighbouring convolution.
"""

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn


class _Implicit(nn.Module):
    """A learned value for each channel, drawn around ``mean`` with deviation ``std``."""

    mean: float

    def __init__(self, channels: int, std: float = 0.02):
        super().__init__()
        self.vector = nn.Parameter(torch.empty(1, channels, 1, 1))
        nn.init.normal_(self.vector, mean=self.mean, std=std)

    def extra_repr(self) -> str:
        return f'{self.vector.shape[1]}'


@MODELS.register_module()
class ImplicitAdd(_Implicit):
    """Adds a learned vector to every position: (N, C, H, W) -> (N, C, H, W)."""

    mean = 0.0

    def forward(self, x: Tensor) -> Tensor:
        return x + self.vector


@MODELS.register_module()
class ImplicitMultiply(_Implicit):
    """Multiplies every position by a learned vector: (N, C, H, W) -> (N, C, H, W)."""

    mean = 1.0

    def forward(self, x: Tensor) -> Tensor:
        return x * self.vector
