"""The building blocks, one concept of the paper per file."""

from .fgcspp import FGCSPP, SPP
from .ghost import GhostModule
from .implicit import ImplicitAdd, ImplicitMultiply
from .sca import CoordinateAttention, SCABlock, SCACSPLayer

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
