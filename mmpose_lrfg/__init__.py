"""LRFG-YoloPose for MMPose: one-stage multi-person pose estimation.

Importing this package takes milliseconds and imports neither torch nor any OpenMMLab package. It
only installs :mod:`mmpose_lrfg.compat`, which lets a stock MMPose run with current packages.
:mod:`mmpose_lrfg.register`, which configs list in ``custom_imports``, registers everything with
MMPose.
"""

import os

from mmpose_lrfg import compat

__version__ = '0.1.0'

compat.install({'mmengine.infer.infer': ('mmpose_lrfg.weights', 'add_to_inferencers')})

# Read by OpenCV when it is imported. Its own limit, 2 ** 30, is 3 GB an image.
os.environ.setdefault('OPENCV_IO_MAX_IMAGE_PIXELS', '100000000')
