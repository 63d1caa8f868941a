"""Fusion of BatchNorm and implicit vectors with convolutions, for inference."""

import copy

import torch
from mmcv.cnn import fuse_conv_bn
from torch import Tensor, nn

from mmpose_lrfg.models.heads import YOLOPoseHeadModule
from mmpose_lrfg.models.layers import ImplicitAdd, ImplicitMultiply


def fuse(model: nn.Module) -> nn.Module:
    """Return a copy of a network that computes the same with fewer operations.

    BatchNorm is folded into the convolution before it, the implicit vectors around the 1x1 output
    convolutions of a :class:`YOLOPoseHeadModule` into their weights and biases. The vectors that
    the neck adds to its outputs are folded into the box branch, and into the keypoint branch if it
    begins with a 1x1 convolution. Before a padded 3x3 convolution the addition stays: the padding
    is zero without the vector, which no bias can reproduce at the border.

    Args:
        model (nn.Module): Any network; not changed.

    Returns:
        nn.Module: A fused copy in evaluation mode, without gradients.
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
    """Fold the vectors around the output convolutions of both branches."""
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
    """Move the additions on the neck's outputs into the two branches of the head."""
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
    """Fold the addition of ``vector`` (1, C_in, 1, 1) to the input of an unpadded convolution.

    W (x + v) + b = W x + (W v + b).
    """
    shift = conv.weight.double().sum(dim=(2, 3)) @ vector.double().flatten()
    _set_bias(conv, _bias(conv) + shift)


def multiply_after(conv: nn.Conv2d, vector: Tensor) -> None:
    """Fold the multiplication of the output of ``conv`` by ``vector`` (1, C_out, 1, 1)."""
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
