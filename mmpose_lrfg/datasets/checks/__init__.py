"""Checks of a data set before training: annotations, images, left and right sides, anchors."""

from .examine import Examination, examine
from .repair import repair

__all__ = ['Examination', 'examine', 'repair']
