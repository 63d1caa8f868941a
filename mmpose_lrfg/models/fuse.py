"""Folds into convolutions what is linear around them, so that inference does not pay for it."""

import copy

import torch
from mmcv.cnn import fuse_conv_bn
from torch import Tensor, nn

from mmpose_lrfg.models.heads import YOLOPoseHeadModule
from mmpose_lrfg.models.layers import ImplicitAdd, ImplicitMultiply


def fuse(model: nn.Module) -> nn.Module:
    """The same function with fewer operations, for inference alone.

    BatchNorm folds into the convolution before it. Around the output convolutions (1x1) of a
    :class:`YOLOPoseHeadModule` the implicit vectors fold into weights and biases. The vectors that
    the neck adds to its outputs fold into the box branch, and into the keypoint branch where that
    begins with a 1x1 convolution. Where it begins with a padded 3x3 one, that addition stays: at
    the border the convolution sees zeros from outside, to which nothing was added, so that no
    bias, which is the same everywhere, could stand for it.

    Args:
        model (nn.Module): A network of ours, or any other with convolutions and BatchNorm; left
            as it is.

    Returns:
        nn.Module: A fused copy in evaluation mode.
    """
    fused = fuse_conv_bn(copy.deepcopy(model).eval())
    for module in fused.modules():
        if isinstance(module, YOLOPoseHeadModule):
            _fold_outputs(module)
    layers = getattr(getattr(fused, 'head', None), 'head_module', None)
    added = getattr(getattr(fused, 'neck', None), 'implicit', None)
    if isinstance(layers, YOLOPoseHeadModule) and isinstance(added, nn.ModuleList):
        _fold_neck(added, layers)
    return fused.requires_grad_(False)


@torch.no_grad()
def _fold_outputs(layers: YOLOPoseHeadModule) -> None:
    """Fold the vectors around the last convolutions of both branches."""
    for i in range(len(layers.boxes)):
        if isinstance(layers.keypoints_add[i], ImplicitAdd):
            add_before(layers.keypoints[i], layers.keypoints_add[i].vector)
            layers.keypoints_add[i] = nn.Identity()
        for conv, multiply in (
            (layers.keypoints[i], layers.keypoints_multiply),
            (layers.boxes[i], layers.boxes_multiply),
        ):
            if isinstance(multiply[i], ImplicitMultiply):
                multiply_after(conv, multiply[i].vector)
                multiply[i] = nn.Identity()


@torch.no_grad()
def _fold_neck(added: nn.ModuleList, layers: YOLOPoseHeadModule) -> None:
    """Move the additions on the neck's outputs into the two branches that take them."""
    for i, add in enumerate(added):
        if not isinstance(add, ImplicitAdd):
            continue
        add_before(layers.boxes[i], add.vector)
        if len(layers.keypoint_features[i]):
            layers.keypoint_features[i].insert(0, add)
        else:
            add_before(layers.keypoints[i], add.vector)
        added[i] = nn.Identity()


def add_before(conv: nn.Conv2d, vector: Tensor) -> None:
    """Make an unpadded, ungrouped ``conv`` act as if ``vector`` (1, C_in, 1, 1) came on its input.

    W (x + v) + b = W x + (W v + b).
    """
    shift = conv.weight.double().sum(dim=(2, 3)) @ vector.double().flatten()
    _set_bias(conv, _bias(conv) + shift)


def multiply_after(conv: nn.Conv2d, vector: Tensor) -> None:
    """Make ``conv`` act as if its output were multiplied by ``vector`` (1, C_out, 1, 1)."""
    vector = vector.double().flatten()
    bias = _bias(conv) * vector
    conv.weight.copy_(conv.weight.double() * vector[:, None, None, None])
    _set_bias(conv, bias)


def _bias(conv: nn.Conv2d) -> Tensor:
    if conv.bias is None:
        return torch.zeros(conv.out_channels, dtype=torch.float64, device=conv.weight.device)
    return conv.bias.double()


def _set_bias(conv: nn.Conv2d, bias: Tensor) -> None:
    conv.bias = nn.Parameter(bias.to(conv.weight))
