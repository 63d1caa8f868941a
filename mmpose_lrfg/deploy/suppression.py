"""NMS and merging as operations of ONNX, so that a file can hold them."""

import torch
from torch import Tensor
from torchvision.ops import batched_nms


class OnnxNMS(torch.autograd.Function):
    """ONNX's NonMaxSuppression, with the same result in PyTorch."""

    @staticmethod
    def forward(ctx, boxes, scores, max_per_class, iou_thr, score_thr):
        """Indices of what stays.

        Args:
            boxes (Tensor): (N, M, 4) x1, y1, x2, y2.
            scores (Tensor): (N, C, M).
            max_per_class (Tensor): (1,) int64, most boxes of an image and class.
            iou_thr, score_thr (Tensor): (1,).

        Returns:
            Tensor: (P, 3) int64: image, class and box, the best box of an image and class first.
        """
        found = [torch.zeros((0, 3), dtype=torch.int64)]
        for image in range(scores.shape[0]):
            for label in range(scores.shape[1]):
                index = (scores[image, label] > score_thr).nonzero().flatten()
                one_class = torch.zeros_like(index)
                kept = batched_nms(
                    boxes[image, index], scores[image, label, index], one_class, float(iou_thr)
                )
                index = index[kept[: int(max_per_class)]]
                at = index.new_tensor([image, label]).expand(len(index), 2)
                found.append(torch.cat([at, index[:, None]], dim=1))
        return torch.cat(found)

    @staticmethod
    def symbolic(g, boxes, scores, max_per_class, iou_thr, score_thr):
        return g.op('NonMaxSuppression', boxes, scores, max_per_class, iou_thr, score_thr)


def suppress(
    rows: Tensor, num_classes: int, nms_thr: float, score_thr: float, max_per_img: int
) -> Tensor:
    """Class-aware NMS of rows (N, M, 6 + 3 K): (P, 3) int64 image, class and row of what stays."""
    classes = torch.arange(num_classes, dtype=rows.dtype)[:, None]
    own = (rows[..., 5].unsqueeze(1) == classes).to(rows)  # (N, C, M)
    return OnnxNMS.apply(
        rows[..., :4],
        rows[..., 4].unsqueeze(1) * own,
        torch.tensor([max_per_img]),
        torch.tensor([nms_thr], dtype=torch.float32),
        torch.tensor([score_thr], dtype=torch.float32),
    )


def merged_rows(
    rows: Tensor, images: Tensor, kept: Tensor, wnms_thr: float, score_thr: float
) -> Tensor:
    """What stays as means of what overlaps it: :func:`mmpose_lrfg.runtime.postprocess.merge`.

    Args:
        rows (Tensor): (N, M, 6 + 3 K).
        images, kept (Tensor): (P,) int64, the images and rows that stay.
        wnms_thr (float): IoU above which a row belongs to one that stays; 1 merges nothing.
        score_thr (float): Rows that score no more say nothing.

    Returns:
        Tensor: (P, 6 + 3 K).
    """
    people = rows[images, kept]
    if wnms_thr >= 1:
        return people
    # A few of thousands: the others are not compared with everyone.
    image, row = (rows[..., 4] > score_thr).nonzero().unbind(dim=1)
    said = rows[image, row]
    same_image = images[:, None] == image
    low = torch.maximum(people[:, None, :2], said[:, :2])
    high = torch.minimum(people[:, None, 2:4], said[:, 2:4])
    sides = (high - low).clamp(min=0)
    shared = sides[..., 0] * sides[..., 1]  # (P, Q)
    union = area(people)[:, None] + area(said) - shared
    same = same_image & (people[:, None, 5] == said[:, 5]) & (shared > wnms_thr * union)
    itself = same_image & (kept[:, None] == row)
    weights = (same | itself).to(rows) * said[:, 4]
    means = weights @ said / weights.sum(dim=1, keepdim=True)
    return torch.cat([means[:, :4], people[:, 4:6], means[:, 6:]], dim=1)


def area(rows: Tensor) -> Tensor:
    """(P,) areas of the boxes of rows (P, 6 + 3 K)."""
    return (rows[:, 2] - rows[:, 0]) * (rows[:, 3] - rows[:, 1])


def kept_rows(
    rows: Tensor, num_classes: int, wnms_thr: float, score_thr: float, **thresholds
) -> Tensor:
    """(N, M, 6 + 3 K) -> (P, 7 + 3 K): what stays, the index of its image in front."""
    kept = suppress(rows, num_classes, score_thr=score_thr, **thresholds)
    image, row = kept[:, 0], kept[:, 2]
    people = merged_rows(rows, image, row, wnms_thr, score_thr)
    return torch.cat([image.unsqueeze(1).to(rows), people], dim=1)


def best_rows(
    rows: Tensor,
    num_classes: int,
    max_per_img: int,
    wnms_thr: float,
    score_thr: float,
    **thresholds,
) -> Tensor:
    """(N, M, 6 + 3 K) -> (N, ``max_per_img``, 6 + 3 K): what stays, best first; the rest zeros."""
    kept = suppress(rows, num_classes, score_thr=score_thr, max_per_img=max_per_img, **thresholds)
    image, row = kept[:, 0], kept[:, 2]
    ones = torch.ones_like(image).to(rows)
    mask = torch.zeros_like(rows[..., 0]).index_put((image, row), ones)
    scores, index = (rows[..., 4] * mask).topk(max_per_img, dim=1)
    if wnms_thr < 1:
        rows = rows.index_put((image, row), merged_rows(rows, image, row, wnms_thr, score_thr))
    best = rows.gather(1, index.unsqueeze(-1).expand(-1, -1, rows.shape[2]))
    return best * (scores > 0).unsqueeze(-1).to(rows)
