"""The networks, their losses and their assignment of targets."""

from . import backbones, heads, layers, losses, necks, task_modules

__all__ = ['backbones', 'heads', 'layers', 'losses', 'necks', 'task_modules']
