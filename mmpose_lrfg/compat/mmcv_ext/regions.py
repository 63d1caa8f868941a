"""Operators on boxes: non-maximum suppression, soft NMS and RoIAlign."""

import torch
from torch import Tensor
from torchvision.ops import nms as torchvision_nms
from torchvision.ops import roi_align

from mmpose_lrfg.compat import UserError

HARD, LINEAR, GAUSSIAN = 0, 1, 2
MAX_POOLING = 0


def as_supported(*tensors: Tensor | None) -> list[Tensor | None]:
    """Cast floating-point tensors to float32 where torchvision has no kernel for their dtype.

    That is bfloat16 anywhere, and float16 on the CPU.
    """

    def cast(tensor):
        if tensor is None:
            return None
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


def softnms(
    boxes: Tensor,
    scores: Tensor,
    dets: Tensor,
    iou_threshold: float,
    sigma: float,
    min_score: float,
    method: int,
    offset: int,
) -> Tensor:
    """Soft NMS (Bodla et al., ICCV 2017): lower the scores of boxes that overlap better ones.

    Args:
        boxes, scores, offset: as in :func:`nms`.
        dets: (N, 5), filled in its first K rows with the kept boxes and their new scores.
        iou_threshold: overlap from which the hard and linear methods act.
        sigma: width of the Gaussian method, ``exp(-iou**2 / sigma)``.
        min_score: boxes whose new score is below this are dropped.
        method: 0 hard, 1 linear (``1 - iou``), 2 Gaussian.

    Returns:
        Tensor: (K,) int64, indices of the kept boxes, best new score first.
    """
    scores = scores.clone()
    left = torch.arange(len(boxes), device=boxes.device)
    kept = []
    while len(left):
        best = scores[left].argmax()
        index = left[best]
        dets[len(kept), :4] = boxes[index]
        dets[len(kept), 4] = scores[index]
        kept.append(index)
        left = torch.cat([left[:best], left[best + 1 :]])
        overlap = _iou(boxes[index], boxes[left], offset)
        if method == GAUSSIAN:
            scores[left] *= torch.exp(-(overlap**2) / sigma)
        else:
            weight = 1 - overlap if method == LINEAR else torch.zeros_like(overlap)
            scores[left] *= torch.where(overlap >= iou_threshold, weight, 1)
        left = left[scores[left] >= min_score]
    return torch.stack(kept) if kept else left


def _iou(box: Tensor, boxes: Tensor, offset: int) -> Tensor:
    """IoU of one box (4,) with boxes (N, 4): (N,)."""
    top_left = torch.maximum(box[:2], boxes[:, :2])
    bottom_right = torch.minimum(box[2:], boxes[:, 2:])
    inter = (bottom_right - top_left + offset).clamp(min=0).prod(dim=1)
    area = (box[2:] - box[:2] + offset).prod()
    return inter / (area + (boxes[:, 2:] - boxes[:, :2] + offset).prod(dim=1) - inter)


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
