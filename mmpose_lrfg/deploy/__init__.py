"""From a trained network to a file that runs without torch; :mod:`mmpose_lrfg.runtime` runs it."""

from mmpose_lrfg.models.fuse import fuse

from .export import Report, export
from .options import ExportOptions

__all__ = ['ExportOptions', 'Report', 'export', 'fuse']
