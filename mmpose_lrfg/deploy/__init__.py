"""From a trained network to a file that runs without torch; :mod:`mmpose_lrfg.runtime` runs it."""

from .export import Report, export
from .fuse import fuse
from .options import ExportOptions

__all__ = ['ExportOptions', 'Report', 'export', 'fuse']
