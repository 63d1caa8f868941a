"""LRFG-YoloPose for MMPose: one-stage multi-person pose estimation.

    >>> from mmpose_lrfg import LRFG
    >>> poses = LRFG('s6').predict('people.jpg')[0]

Importing this package takes milliseconds and imports neither torch nor any OpenMMLab package. It
only installs :mod:`mmpose_lrfg.compat`, which lets a stock MMPose run with current packages.
:mod:`mmpose_lrfg.register`, which configs list in ``custom_imports``, registers everything with
MMPose.
"""

import importlib
import os

from mmpose_lrfg import compat
from mmpose_lrfg.compat import UserError

__all__ = ['LRFG', 'UserError']
__version__ = '0.1.0'

compat.install({'mmengine.infer.infer': ('mmpose_lrfg.weights', 'add_to_inferencers')})

# Read by OpenCV when it is imported. Its own limit, 2 ** 30, is 3 GB an image.
os.environ.setdefault('OPENCV_IO_MAX_IMAGE_PIXELS', '100000000')


def __getattr__(name: str):
    """Import :class:`~mmpose_lrfg.model.LRFG` when it is used."""
    if name == 'LRFG':
        return importlib.import_module('mmpose_lrfg.model').LRFG
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
