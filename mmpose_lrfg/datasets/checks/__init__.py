"""Looks for what is wrong with a data set before a training does; a file per family of checks."""

from .examine import Examination, examine
from .repair import repair

__all__ = ['Examination', 'examine', 'repair']
