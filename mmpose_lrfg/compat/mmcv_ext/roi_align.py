"""RoIAlign (He et al., Mask R-CNN, ICCV 2017) on torchvision's kernel."""

import torch
from torch import Tensor
from torchvision.ops import roi_align

from mmpose_lrfg.utils.errors import UserError

from .precision import kernel_ready

MAX_POOLING = 0


def roi_align_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Average features over a grid in each region.

    Args:
        input: (N, C, H, W).
        rois: (K, 5), image index and x1 y1 x2 y2 in pixels of the image.
        output: (K, C, aligned_height, aligned_width), filled.
        argmax_y: where maxima were, of no use to averages.
        argmax_x: likewise.
        spatial_scale: cells of ``input`` per image pixel.
        sampling_ratio: samples per bin and axis; 0 for as many as fit.
        pool_mode: 1, the average.
        aligned: whether pixel centres lie at half coordinates.

    Raises:
        UserError: for ``pool_mode='max'``, which torchvision does not have.
    """
    if pool_mode == MAX_POOLING:
        raise UserError(
            "RoIAlign with pool_mode='max' is only in the compiled mmcv; use pool_mode='avg'"
        )
    features, boxes = kernel_ready(input, rois)
    size = (aligned_height, aligned_width)
    pooled = roi_align(
        features, boxes.to(features.dtype), size, spatial_scale, sampling_ratio, aligned
    )
    output.copy_(pooled)


def roi_align_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    grad_input: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Fill ``grad_input`` (N, C, H, W) from ``grad_output``; see :func:`roi_align_forward`."""
    grad, boxes = kernel_ready(grad_output, rois)
    size = (aligned_height, aligned_width)
    with torch.enable_grad():
        # The operator is linear in the features, so its gradient is the same at any of them.
        features = torch.zeros_like(grad_input, dtype=grad.dtype).requires_grad_()
        pooled = roi_align(
            features, boxes.to(grad.dtype), size, spatial_scale, sampling_ratio, aligned
        )
        (found,) = torch.autograd.grad(pooled, features, grad)
    grad_input.copy_(found)
