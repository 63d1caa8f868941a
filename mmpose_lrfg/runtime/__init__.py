"""What runs without torch: NumPy and OpenCV, and ONNX Runtime or OpenVINO to run networks.

Nothing here imports the rest of the package.
"""

from .errors import ModelError
from .estimator import PoseEstimator
from .metadata import Metadata
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
]
