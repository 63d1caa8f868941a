"""LRFG-YoloPose for MMPose: one-stage multi-person pose estimation.

Importing this package costs milliseconds and imports neither torch nor any OpenMMLab package. It
only prepares the ground: :mod:`mmpose_lrfg.compat` lets a stock MMPose run on a modern stack.
What is registered in MMPose's registries is imported by :mod:`mmpose_lrfg.register`, the one name
that configs list in ``custom_imports``.
"""

import os

from mmpose_lrfg import compat

__version__ = '0.1.0'

compat.install()

# Read by OpenCV when it is imported. Its own limit, 2 ** 30, is 3 GB an image.
os.environ.setdefault('OPENCV_IO_MAX_IMAGE_PIXELS', '100000000')
