"""Register everything with MMPose and mmengine: configs list this module in custom_imports."""

import torch
from mmengine.runner import CheckpointLoader

from mmpose_lrfg import models  # noqa: F401
from mmpose_lrfg.datasets import coco, samplers  # noqa: F401
from mmpose_lrfg.datasets.transforms import (  # noqa: F401
    cached_loading,
    loading,
    mosaic_affine,
    packing,
    people_grid,
)
from mmpose_lrfg.engine import console, hooks, optimizers  # noqa: F401
from mmpose_lrfg.evaluation import fast_coco_metric  # noqa: F401
from mmpose_lrfg.utils import config_files  # noqa: F401
from mmpose_lrfg.utils.downloads import cached_checkpoint


@CheckpointLoader.register_scheme(prefixes=('http://', 'https://'), force=True)
def load_from_address(address, map_location=None, model_dir=None):
    """Load a checkpoint by its address, with the limits and the cache of our downloads."""
    return torch.load(cached_checkpoint(address, model_dir), map_location, weights_only=True)
