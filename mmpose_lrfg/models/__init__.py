"""The networks, their losses and their assignment of targets."""

from . import backbones, data_preprocessors, heads, layers, losses, necks, task_modules

__all__ = [
    'backbones',
    'data_preprocessors',
    'heads',
    'layers',
    'losses',
    'necks',
    'task_modules',
]
