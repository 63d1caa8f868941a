"""Raw outputs to pixels and back: YOLO-Pose, section 3.3; YOLOv5's box parametrisation.

All functions broadcast: ``cell`` (..., 2) is the column and row of the cell that predicts,
``anchor`` (..., 2) its anchor's width and height, ``stride`` the pixels of a cell. With a stride
of 1 and anchors in cells, everything stays in grid units.
"""

import torch
from torch import Tensor


def decode_boxes(raw: Tensor, cell: Tensor, anchor: Tensor, stride: float | Tensor) -> Tensor:
    """Raw (..., 4) -> boxes (..., 4) as cx, cy, w, h in pixels."""
    unit = raw.sigmoid()
    centre = (2 * unit[..., :2] - 0.5 + cell) * stride
    size = (2 * unit[..., 2:4]) ** 2 * anchor
    return torch.cat([centre, size], dim=-1)


def encode_boxes(boxes: Tensor, cell: Tensor, anchor: Tensor, stride: float | Tensor) -> Tensor:
    """Boxes (..., 4) as cx, cy, w, h in pixels -> the raw values that decode to them.

    What no raw value reaches (a centre more than half a cell outside its cell, more than four
    times its anchor) is brought to the nearest that one does.
    """
    centre = (boxes[..., :2] / stride - cell + 0.5) / 2
    size = (boxes[..., 2:4] / anchor).sqrt() / 2
    return torch.cat([centre, size], dim=-1).logit(eps=1e-6)


def decode_keypoints(raw: Tensor, cell: Tensor, stride: float | Tensor) -> tuple[Tensor, Tensor]:
    """Raw (..., K, 3) -> points (..., K, 2) in pixels and visibilities (..., K) in 0..1."""
    points = (2 * raw[..., :2] - 0.5 + cell.unsqueeze(-2)) * stride
    return points, raw[..., 2].sigmoid()


def encode_keypoints(
    points: Tensor, visibilities: Tensor, cell: Tensor, stride: float | Tensor
) -> Tensor:
    """Points (..., K, 2) in pixels and visibilities (..., K) in 0..1 -> raw (..., K, 3)."""
    raw = (points / stride - cell.unsqueeze(-2) + 0.5) / 2
    return torch.cat([raw, visibilities.logit(eps=1e-6).unsqueeze(-1)], dim=-1)
