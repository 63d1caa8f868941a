"""Operators on boxes: non-maximum suppression and RoIAlign."""

import torch
from torch import Tensor
from torchvision.ops import nms as torchvision_nms
from torchvision.ops import roi_align

from mmpose_lrfg.compat import UserError

MAX_POOLING = 0


def as_supported(*tensors: Tensor) -> list[Tensor]:
    """Cast floating-point tensors to float32 where torchvision has no kernel for their dtype.

    That is bfloat16 anywhere, and float16 on the CPU.
    """

    def cast(tensor):
        half_on_cpu = tensor.dtype is torch.float16 and tensor.device.type == 'cpu'
        return tensor.float() if half_on_cpu or tensor.dtype is torch.bfloat16 else tensor

    return [cast(tensor) for tensor in tensors]


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
    """Greedy non-maximum suppression.

    Args:
        boxes: (N, 4), x1 y1 x2 y2 in pixels.
        scores: (N,).
        iou_threshold: a box is dropped if its IoU with a kept one is above this.
        offset: 0 or 1; a box is ``x2 - x1 + offset`` wide.

    Returns:
        Tensor: (K,) int64, indices of the kept boxes, best score first.
    """
    boxes, scores = as_supported(boxes, scores)
    # Boxes that end later by the offset have the same areas and overlaps.
    boxes = boxes + boxes.new_tensor([0, 0, offset, offset])
    return torchvision_nms(boxes, scores.to(boxes.dtype), iou_threshold)


def roi_align_forward(input, rois, output, argmax_y, argmax_x, **settings) -> None:
    """RoIAlign (He et al., Mask R-CNN, ICCV 2017): average features over a grid in each region.

    Args:
        input: (N, C, H, W).
        rois: (K, 5), image index and x1 y1 x2 y2 in pixels of the image.
        output: (K, C, aligned_height, aligned_width), filled.
        argmax_y, argmax_x: unused.
        **settings: aligned_height, aligned_width, spatial_scale, sampling_ratio, pool_mode and
            aligned of mmcv.

    Raises:
        UserError: For ``pool_mode='max'``, which torchvision does not have.
    """
    if settings['pool_mode'] == MAX_POOLING:
        raise UserError(
            "RoIAlign with pool_mode='max' is only in the compiled mmcv; use pool_mode='avg'"
        )
    output.copy_(_pool(*as_supported(input, rois), settings))


def roi_align_backward(grad_output, rois, argmax_y, argmax_x, grad_input, **settings) -> None:
    """Fill ``grad_input`` (N, C, H, W) from ``grad_output``; see :func:`roi_align_forward`."""
    grad_output, rois = as_supported(grad_output, rois)
    with torch.enable_grad():
        # RoIAlign is linear in the features: their values do not matter.
        features = torch.zeros_like(grad_input, dtype=grad_output.dtype).requires_grad_()
        (found,) = torch.autograd.grad(_pool(features, rois, settings), features, grad_output)
    grad_input.copy_(found)


def _pool(features: Tensor, rois: Tensor, settings: dict) -> Tensor:
    size = (settings['aligned_height'], settings['aligned_width'])
    names = ('spatial_scale', 'sampling_ratio', 'aligned')
    return roi_align(features, rois.to(features.dtype), size, *(settings[name] for name in names))
