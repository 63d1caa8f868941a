"""How each kind of model is run: the network alone, and from a decoded image to poses."""

from .base import Options, Way
from .open import open_way

__all__ = ['Options', 'Way', 'open_way']
