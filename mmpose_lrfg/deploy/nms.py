"""NMS and weighted NMS as ONNX operations, for files that contain them.

Same results as :mod:`mmpose_lrfg.models.heads.postprocess`, which works on lists of candidates: a
file works on all rows of a batch at once.
"""

import numpy as np
import torch
from torch import Tensor
from torchvision import ops


class OnnxNMS(torch.autograd.Function):
    """ONNX's NonMaxSuppression, with the same result in PyTorch."""

    @staticmethod
    def forward(ctx, boxes, scores, max_per_class, iou_thr, score_thr):
        """Return the indices of the boxes that are kept.

        Args:
            boxes (Tensor): (N, M, 4) x1, y1, x2, y2.
            scores (Tensor): (N, C, M).
            max_per_class (Tensor): (1,) int64, most boxes per image and class.
            iou_thr, score_thr (Tensor): (1,).

        Returns:
            Tensor: (P, 3) int64: image, class and box; per image and class by falling score.
        """
        found = []
        for image, label in np.ndindex(*scores.shape[:2]):
            index = (scores[image, label] > score_thr).nonzero().flatten()
            kept = ops.nms(boxes[image, index], scores[image, label, index], float(iou_thr))
            index = index[kept[: int(max_per_class)]]
            found += [torch.tensor([image, label, box]) for box in index]
        return torch.stack(found) if found else torch.zeros((0, 3), dtype=torch.int64)

    @staticmethod
    def symbolic(g, boxes, scores, max_per_class, iou_thr, score_thr):
        return g.op('NonMaxSuppression', boxes, scores, max_per_class, iou_thr, score_thr)


def nms(
    rows: Tensor, num_classes: int, nms_thr: float, score_thr: float, max_per_img: int
) -> tuple[Tensor, Tensor]:
    """Apply class-aware NMS to rows (N, M, 6 + 3 K).

    Returns:
        tuple[Tensor, Tensor]: (P,) int64 each, images and rows of the detections.
    """
    classes = torch.arange(num_classes, dtype=rows.dtype)[:, None]
    own = (rows[..., 5].unsqueeze(1) == classes).to(rows)  # (N, C, M)
    kept = OnnxNMS.apply(
        rows[..., :4],
        rows[..., 4].unsqueeze(1) * own,
        torch.tensor([max_per_img]),
        torch.tensor([nms_thr], dtype=torch.float32),
        torch.tensor([score_thr], dtype=torch.float32),
    )
    return kept[:, 0], kept[:, 2]


def weighted_means(
    rows: Tensor, images: Tensor, kept: Tensor, wnms_thr: float, score_thr: float
) -> Tensor:
    """Replace detections by the mean, weighted by score, of the rows that overlap them.

    Args:
        rows (Tensor): (N, M, 6 + 3 K).
        images, kept (Tensor): (P,) int64, images and rows of the detections.
        wnms_thr (float): Rows of the same class with a larger IoU take part; 1 returns the rows
            as they are.
        score_thr (float): Rows with score <= ``score_thr`` do not take part.

    Returns:
        Tensor: (P, 6 + 3 K).
    """
    people = rows[images, kept]
    if wnms_thr >= 1:
        return people
    image, row = (rows[..., 4] > score_thr).nonzero().unbind(dim=1)
    candidates = rows[image, row]  # a few of thousands
    same_image = images[:, None] == image
    overlapping = ops.box_iou(people[:, :4], candidates[:, :4]) > wnms_thr
    same = same_image & (people[:, None, 5] == candidates[:, 5]) & overlapping
    itself = same_image & (kept[:, None] == row)
    weights = (same | itself).to(rows) * candidates[:, 4]
    means = weights @ candidates / weights.sum(dim=1, keepdim=True)
    return torch.cat([means[:, :4], people[:, 4:6], means[:, 6:]], dim=1)


def dynamic_nms(
    rows: Tensor, num_classes: int, wnms_thr: float, score_thr: float, **thresholds
) -> Tensor:
    """Return all detections of rows (N, M, 6 + 3 K) as (P, 7 + 3 K), index of the image first."""
    image, row = nms(rows, num_classes, score_thr=score_thr, **thresholds)
    people = weighted_means(rows, image, row, wnms_thr, score_thr)
    return torch.cat([image.unsqueeze(1).to(rows), people], dim=1)


def fixed_nms(
    rows: Tensor,
    num_classes: int,
    score_thr: float,
    nms_thr: float,
    wnms_thr: float,
    max_per_img: int,
) -> Tensor:
    """Return (N, ``max_per_img``, 6 + 3 K) detections of rows, best first, padded with zeros."""
    image, row = nms(rows, num_classes, nms_thr, score_thr, max_per_img)
    ones = torch.ones_like(image).to(rows)
    mask = torch.zeros_like(rows[..., 0]).index_put((image, row), ones)
    scores, index = (rows[..., 4] * mask).topk(max_per_img, dim=1)
    if wnms_thr < 1:
        means = weighted_means(rows, image, row, wnms_thr, score_thr)
        rows = rows.index_put((image, row), means)
    best = rows.gather(1, index.unsqueeze(-1).expand(-1, -1, rows.shape[2]))
    return best * (scores > 0).unsqueeze(-1).to(rows)
