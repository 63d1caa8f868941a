from .auxiliary_heatmaps import AuxiliaryHeatmaps
from .higherhrnet_head import HigherHRHead
from .yolopose_head import YOLOPoseHead
from .yolopose_head_module import YOLOPoseHeadModule

__all__ = ['AuxiliaryHeatmaps', 'HigherHRHead', 'YOLOPoseHead', 'YOLOPoseHeadModule']
