"""Non-maximum suppression, hard (torchvision's) and soft (Bodla et al., ICCV 2017)."""

import torch
from torch import Tensor
from torchvision.ops import nms as torchvision_nms

from .precision import kernel_ready

HARD, LINEAR, GAUSSIAN = 0, 1, 2


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
    """Greedy suppression of boxes that overlap a better one by more than ``iou_threshold``.

    Args:
        boxes: (N, 4), x1 y1 x2 y2 in pixels.
        scores: (N,).
        iou_threshold: a box goes where its IoU with a kept one is above this.
        offset: 0 or 1; a box is ``x2 - x1 + offset`` wide.

    Returns:
        Tensor: (K,) int64, indices of the kept boxes, best score first.
    """
    boxes, scores = kernel_ready(boxes, scores)
    if offset:
        # Widening every box on the far side by the offset gives the same areas and overlaps.
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
    """Lower the score of a box by its overlap with better ones, instead of dropping it.

    Args:
        boxes: (N, 4), x1 y1 x2 y2 in pixels.
        scores: (N,).
        dets: (N, 5), filled in its first K rows with the kept boxes and their new scores.
        iou_threshold: the overlap from which the hard and linear methods act.
        sigma: width of the Gaussian method, ``exp(-iou**2 / sigma)``.
        min_score: a box whose score falls below this is dropped.
        method: 0 hard, 1 linear (``1 - iou``), 2 Gaussian.
        offset: 0 or 1; a box is ``x2 - x1 + offset`` wide.

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
