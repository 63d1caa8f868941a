"""Checks of COCO-style annotations and their images, when they are loaded and before training."""

from .examine import examine
from .labels import Labels
from .repair import repair

__all__ = ['Labels', 'examine', 'repair']
