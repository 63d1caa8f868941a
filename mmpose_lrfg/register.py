"""Imports what registers itself with MMPose: the one name that configs list in custom_imports."""

from mmpose_lrfg import models  # noqa: F401
from mmpose_lrfg.datasets import checked_coco, collate, samplers  # noqa: F401
from mmpose_lrfg.datasets.transforms import (  # noqa: F401
    cached_loading,
    loading,
    mosaic_affine,
    packing,
    people_grid,
    zero_outside,
)
from mmpose_lrfg.engine import hooks, optimizers  # noqa: F401
from mmpose_lrfg.evaluation import fast_coco_metric  # noqa: F401
from mmpose_lrfg.utils import config_files  # noqa: F401
