"""Networks, losses, assignment of targets, decoding."""

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
