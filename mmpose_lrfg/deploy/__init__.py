"""From a trained network to a file that runs without torch; :mod:`mmpose_lrfg.runtime` runs it."""

from .fuse import fuse

__all__ = ['fuse']
