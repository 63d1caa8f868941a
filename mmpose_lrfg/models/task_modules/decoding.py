"""Decoding and encoding of raw predictions: YOLO-Pose, section 3.3; boxes as in YOLOv5.

All functions broadcast: ``cell`` (..., 2) is the column and row of the predicting cell, ``anchor``
(..., 2) the width and height of its anchor, ``stride`` the pixels of a cell. With a stride of 1 and
anchors in cells, everything is in grid units.
"""

import torch
from torch import Tensor


def decode_boxes(raw: Tensor, cell: Tensor, anchor: Tensor, stride: float | Tensor) -> Tensor:
    """Decode raw (..., 4) to boxes (..., 4), cx, cy, w, h in pixels."""
    unit = raw.sigmoid()
    centre = (2 * unit[..., :2] - 0.5 + cell) * stride
    size = (2 * unit[..., 2:4]) ** 2 * anchor
    return torch.cat([centre, size], dim=-1)


def encode_boxes(boxes: Tensor, cell: Tensor, anchor: Tensor, stride: float | Tensor) -> Tensor:
    """Encode boxes (..., 4), cx, cy, w, h in pixels; the inverse of :func:`decode_boxes`.

    Values outside its range (a centre more than half a cell outside the cell, a side more than four
    times the anchor's) are clipped.
    """
    centre = (boxes[..., :2] / stride - cell + 0.5) / 2
    size = (boxes[..., 2:4] / anchor).sqrt() / 2
    return torch.cat([centre, size], dim=-1).logit(eps=1e-6)


def decode_keypoints(raw: Tensor, cell: Tensor, stride: float | Tensor) -> tuple[Tensor, Tensor]:
    """Decode raw (..., K, 3) to points (..., K, 2) in pixels and visibilities (..., K) in 0..1."""
    points = (2 * raw[..., :2] - 0.5 + cell.unsqueeze(-2)) * stride
    return points, raw[..., 2].sigmoid()


def encode_keypoints(
    points: Tensor, visibilities: Tensor, cell: Tensor, stride: float | Tensor
) -> Tensor:
    """Encode points (..., K, 2) in pixels and visibilities (..., K) in 0..1 to (..., K, 3)."""
    raw = (points / stride - cell.unsqueeze(-2) + 0.5) / 2
    return torch.cat([raw, visibilities.logit(eps=1e-6).unsqueeze(-1)], dim=-1)
