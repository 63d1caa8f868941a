"""MMPose's own configurations, cut down to run offline in seconds."""

import runpy
import sys
import types
from pathlib import Path

import mmpose
from mmengine.config import Config

CONFIGS = Path(mmpose.__file__).parent / '.mim/configs'
BODY = CONFIGS / 'body_2d_keypoint'


def without_downloads(cfg):
    """Drop pretrained weights anywhere in ``cfg``, in place; returns it."""
    if isinstance(cfg, dict):
        for key, value in cfg.items():
            if key == 'init_cfg' and isinstance(value, dict) and 'checkpoint' in value:
                cfg[key] = None
            else:
                without_downloads(value)
    elif isinstance(cfg, (list, tuple)):
        for item in cfg:
            without_downloads(item)
    return cfg


def stock_model(name):
    """The model of the configuration ``name``, a path below ``body_2d_keypoint``."""
    return without_downloads(Config.fromfile(BODY / name).model)


def edpose_model(monkeypatch):
    """ED-Pose's model. Its configuration is a Python module that imports its base.

    The base is not shipped where that import looks for it, so it is put there for the moment.
    """
    name = 'mmpose.configs._base_.default_runtime'
    settings = runpy.run_path(str(CONFIGS / '_base_/default_runtime.py'))
    base = types.ModuleType(name)
    vars(base).update({key: value for key, value in settings.items() if key[0] != '_'})
    for module in (name, 'mmpose.configs._base_', 'mmpose.configs'):
        monkeypatch.setitem(sys.modules, module, base)
    path = BODY / 'edpose/coco/edpose_res50_8xb2-50e_coco-800x1333.py'
    return without_downloads(runpy.run_path(str(path))['model'])
