"""What runs without torch: NumPy and OpenCV only. Nothing here imports the rest of the package."""

from .poses import Poses
from .skeleton import COCO, Skeleton

__all__ = ['COCO', 'Poses', 'Skeleton']
