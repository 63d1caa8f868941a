from .yolopose_head import YOLOPoseHead
from .yolopose_module import YOLOPoseHeadModule

__all__ = ['YOLOPoseHead', 'YOLOPoseHeadModule']
