"""Decoding as a file does it: channel after channel, where the head leaves them.

:mod:`mmpose_lrfg.models.heads.postprocess` decodes rows, which lets PyTorch decode a few of them.
A file decodes every anchor, millions of numbers, and a row's pieces lie 57 numbers apart: cutting
and joining whole channels (H x W numbers in a row of memory) and turning everything into rows
once, at the end, takes a third of the time. The results are the same; exports are compared.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from mmpose_lrfg.models.task_modules import AnchorGenerator


def rows_of_planes(
    raws: Sequence[Tensor], anchors: AnchorGenerator, num_classes: int, single_class_score: bool
) -> Tensor:
    """Raw outputs (N, A, H, W, 5 + C + 3 K) of all levels -> (N, M, 6 + 3 K), finest level first.

    A row holds x1, y1, x2, y2, score, class and x, y, score of each keypoint, in pixels.
    """
    levels = []
    for level, raw in enumerate(raws):
        planes = raw.permute(0, 1, 4, 2, 3).float()  # undoes what the head did last
        decoded = decode_planes(planes, level, anchors, num_classes, single_class_score)
        levels.append(decoded.permute(0, 1, 3, 4, 2).flatten(1, 3))
    return torch.cat(levels, dim=1)


def decode_planes(
    planes: Tensor, level: int, anchors: AnchorGenerator, num_classes: int, single_class_score: bool
) -> Tensor:
    """Decode a level: (N, A, 5 + C + 3 K, H, W) raw -> (N, A, 6 + 3 K, H, W)."""
    height, width = planes.shape[3:]
    stride = anchors.strides[level]
    # (2, H, W): 2 u - 0.5 + cell, in pixels, is 2 stride u + corner.
    corner = (anchors.cells(height, width, planes.device).permute(2, 0, 1) - 0.5) * stride
    units = planes[:, :, : 5 + num_classes].sigmoid()
    centre = units[:, :, :2] * (2 * stride) + corner
    # Half of (2 u)^2 anchor.
    half = units[:, :, 2:4].square() * (2 * anchors.sizes[level].to(planes)[:, :, None, None])
    best, label = units[:, :, 5:].max(dim=2, keepdim=True)
    score = units[:, :, 4:5]
    if num_classes > 1 or single_class_score:
        score = score * best
    points = planes[:, :, 5 + num_classes :].unflatten(2, (-1, 3))  # (N, A, K, 3, H, W)
    places = points[:, :, :, :2] * (2 * stride) + corner
    points = torch.cat([places, points[:, :, :, 2:].sigmoid()], dim=3).flatten(2, 3)
    return torch.cat([centre - half, centre + half, score, label.to(planes), points], dim=2)
