from .bbox import CIoULoss
from .oks import KeypointOKSLoss
from .yolopose_loss import PoseTargets, YOLOPoseLoss

__all__ = ['CIoULoss', 'KeypointOKSLoss', 'PoseTargets', 'YOLOPoseLoss']
