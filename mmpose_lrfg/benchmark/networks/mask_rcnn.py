"""Mask R-CNN for keypoints: He et al., ICCV 2017, as torchvision has it."""

from torch import nn
from torchvision.models.detection import keypointrcnn_resnet50_fpn


def mask_rcnn() -> nn.Module:
    """ResNet-50-FPN with a box and a keypoint branch; no weights are loaded."""
    return keypointrcnn_resnet50_fpn(weights=None, weights_backbone=None)
