"""Inference without torch: NumPy and OpenCV, with ONNX Runtime or OpenVINO for the network.

Imports nothing else of the package.
"""

from .estimator import PoseEstimator
from .metadata import Metadata, ModelError
from .offline_smoothing import smooth_video
from .poses import Poses
from .skeleton import COCO, Skeleton
from .smoothing import PoseSmoother
from .tracking import PoseTracker

__all__ = [
    'COCO',
    'Metadata',
    'ModelError',
    'PoseEstimator',
    'PoseSmoother',
    'PoseTracker',
    'Poses',
    'Skeleton',
    'smooth_video',
]
