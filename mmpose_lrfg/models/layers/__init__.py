"""The building blocks, one idea of the paper a file."""

from .coordinate_attention import CoordinateAttention
from .csp import SCABlock, SCACSPLayer
from .ghost import GhostModule
from .implicit import ImplicitAdd, ImplicitMultiply
from .pooling import FGCSPP, SPP

__all__ = [
    'FGCSPP',
    'SPP',
    'CoordinateAttention',
    'GhostModule',
    'ImplicitAdd',
    'ImplicitMultiply',
    'SCABlock',
    'SCACSPLayer',
]
