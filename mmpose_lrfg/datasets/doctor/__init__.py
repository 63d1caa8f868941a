"""Looks for what is wrong with a data set before a training does; a file per family of checks."""

from mmpose_lrfg.datasets.doctor.examine import Examination, examine
from mmpose_lrfg.datasets.doctor.repair import repair

__all__ = ['Examination', 'examine', 'repair']
