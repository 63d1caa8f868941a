"""Export of a trained network to a file that :mod:`mmpose_lrfg.runtime` runs without torch."""

from mmpose_lrfg.models.fuse import fuse

from .export import Report, export, open_exported
from .options import ExportOptions

__all__ = ['ExportOptions', 'Report', 'export', 'fuse', 'open_exported']
