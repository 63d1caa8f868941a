from .bce import BCEWithLogitsLoss
from .ciou import CIoULoss
from .gains import gain_factors
from .oks import KeypointOKSLoss, keypoint_similarity

__all__ = [
    'BCEWithLogitsLoss',
    'CIoULoss',
    'KeypointOKSLoss',
    'gain_factors',
    'keypoint_similarity',
]
