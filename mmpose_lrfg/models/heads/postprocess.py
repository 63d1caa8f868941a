"""From raw predictions to detections: decoding, score threshold, NMS, weighted NMS, flip test.

A detection is a row of 6 + 3 K numbers: x1, y1, x2, y2, score, class and x, y, visibility of each
keypoint, in pixels of the network's input. The NumPy counterpart for exported files is
:mod:`mmpose_lrfg.runtime.postprocess`; exported graphs use :mod:`mmpose_lrfg.deploy.network` and
:mod:`mmpose_lrfg.deploy.nms`.
"""

from collections.abc import Sequence

import torch
from mmengine.structures import InstanceData
from torch import Tensor
from torchvision.ops import batched_nms, box_iou

from mmpose_lrfg.models.task_modules import AnchorGenerator, decode_boxes, decode_keypoints


def decode_preds(
    pred: Tensor, cell: Tensor, anchor: Tensor, stride: float, num_classes: int
) -> Tensor:
    """Decode raw predictions (..., 5 + C + 3 K) of given cells and anchors, (..., 2) each.

    Returns:
        Tensor: Same shape: cx, cy, w, h in pixels, objectness, classes in 0..1, and x, y in pixels
        and visibility in 0..1 of each keypoint.
    """
    boxes = decode_boxes(pred[..., :4], cell, anchor, stride)
    keypoints, visibilities = decode_keypoints(
        pred[..., 5 + num_classes :].unflatten(-1, (-1, 3)), cell, stride
    )
    keypoints = torch.cat([keypoints, visibilities.unsqueeze(-1)], dim=-1).flatten(-2)
    return torch.cat([boxes, pred[..., 4 : 5 + num_classes].sigmoid(), keypoints], dim=-1)


def decode_level(pred: Tensor, level: int, anchors: AnchorGenerator, num_classes: int) -> Tensor:
    """Decode every anchor of a level, (N, A, H, W, 5 + C + 3 K), as :func:`decode_preds`."""
    cells = anchors.cells(*pred.shape[2:4], device=pred.device)
    sizes = anchors.sizes[level].to(pred)[:, None, None]
    return decode_preds(pred, cells, sizes, anchors.strides[level], num_classes)


def decode_dense(preds: Sequence[Tensor], anchors: AnchorGenerator, num_classes: int) -> Tensor:
    """Decode every anchor of every level: (N, sum of A H W, 5 + C + 3 K), finest level first."""
    return torch.cat(
        [decode_level(pred, i, anchors, num_classes).flatten(1, 3) for i, pred in enumerate(preds)],
        dim=1,
    )


def to_rows(decoded: Tensor, num_classes: int, single_class_score: bool = False) -> Tensor:
    """Convert decoded predictions (..., 5 + C + 3 K) to rows (..., 6 + 3 K).

    The score is the objectness times the probability of the best class. A single class is never
    trained, so the score is the objectness alone unless ``single_class_score`` (YOLO-Pose).
    """
    centre, half_size = decoded[..., :2], decoded[..., 2:4] / 2
    score = decoded[..., 4:5]
    best, label = decoded[..., 5 : 5 + num_classes].max(dim=-1, keepdim=True)
    if num_classes > 1 or single_class_score:
        score = score * best
    parts = [centre - half_size, centre + half_size, score, label.to(decoded)]
    return torch.cat([*parts, decoded[..., 5 + num_classes :]], dim=-1)


def find_candidates(
    preds: Sequence[Tensor],
    anchors: AnchorGenerator,
    num_classes: int,
    score_thr: float,
    single_class_score: bool = False,
) -> tuple[Tensor, Tensor]:
    """Decode the anchors whose score exceeds the threshold.

    The score is at most the objectness, so only anchors with enough objectness are decoded, a few
    of thousands.

    Returns:
        tuple[Tensor, Tensor]: Rows (M, 6 + 3 K), and (M,) int64 index of their image.
    """
    threshold = torch.tensor(float(score_thr)).logit().item()
    decoded, images = [], []
    for level, pred in enumerate(preds):
        image, anchor, row, column = (pred[..., 4] > threshold).nonzero(as_tuple=True)
        picked = pred[image, anchor, row, column].float()
        cell = torch.stack([column, row], dim=-1).to(picked)
        sizes = anchors.sizes[level].to(picked)[anchor]
        decoded.append(decode_preds(picked, cell, sizes, anchors.strides[level], num_classes))
        images.append(image)
    rows = to_rows(torch.cat(decoded), num_classes, single_class_score)
    keep = rows[:, 4] > score_thr
    return rows[keep], torch.cat(images)[keep]


def find_flipped_candidates(
    preds: Sequence[Tensor],
    flipped: Sequence[Tensor],
    flip_indices: Sequence[int],
    anchors: AnchorGenerator,
    num_classes: int,
    score_thr: float,
    single_class_score: bool = False,
) -> tuple[Tensor, Tensor]:
    """Average the decoded predictions for images and for their mirror images, anchor by anchor.

    Args:
        preds, flipped (Sequence[Tensor]): Per level (N, A, H, W, 5 + C + 3 K).
        flip_indices (Sequence[int]): Keypoint that takes the place of each in the mirror image.

    Returns:
        tuple[Tensor, Tensor]: As :func:`find_candidates`.
    """
    width = preds[0].shape[3] * anchors.strides[0]
    first = 5 + num_classes
    merged = []
    for level, (pred, mirror) in enumerate(zip(preds, flipped)):
        straight = decode_level(pred, level, anchors, num_classes)
        mirror = decode_level(mirror, level, anchors, num_classes).flip(3)
        keypoints = mirror[..., first:].unflatten(-1, (-1, 3))[..., list(flip_indices), :]
        keypoints = torch.cat([width - 1 - keypoints[..., :1], keypoints[..., 1:]], dim=-1)
        mirror = torch.cat(
            [width - 1 - mirror[..., :1], mirror[..., 1:first], keypoints.flatten(-2)], dim=-1
        )
        merged.append(((straight + mirror) / 2).flatten(1, 3))
    rows = to_rows(torch.cat(merged, dim=1).float(), num_classes, single_class_score)
    images, index = (rows[..., 4] > score_thr).nonzero(as_tuple=True)
    return rows[images, index], images


def nms(
    rows: Tensor, nms_thr: float, nms_pre: int, max_per_img: int, wnms_thr: float = 1.0
) -> Tensor:
    """Apply class-aware NMS to the candidates of an image.

    Args:
        rows (Tensor): (M, 6 + 3 K).
        nms_thr (float): IoU above which the lower score is removed.
        nms_pre (int): Best candidates that take part.
        max_per_img (int): Most detections of an image.
        wnms_thr (float): IoU threshold of :func:`weighted_means`; 1 turns it off.

    Returns:
        Tensor: (P, 6 + 3 K), best first.
    """
    rows = rows[rows[:, 4].argsort(descending=True, stable=True)[:nms_pre]]
    kept = batched_nms(rows[:, :4], rows[:, 4], rows[:, 5], nms_thr)[:max_per_img]
    return weighted_means(rows, kept, wnms_thr)


def weighted_means(rows: Tensor, kept: Tensor, wnms_thr: float) -> Tensor:
    """Replace detections by the mean, weighted by score, of the candidates that overlap them.

    Weighted NMS, BlazeFace's blending: the errors of the anchors of an object cancel out
    (Bazarevsky et al., "BlazeFace", 2019, section 3.4).

    Args:
        rows (Tensor): (M, 6 + 3 K), candidates of one image before NMS.
        kept (Tensor): (P,) int64, indices that NMS kept.
        wnms_thr (float): Candidates of the same class with a larger IoU take part; 1 returns the
            rows as they are.

    Returns:
        Tensor: (P, 6 + 3 K), with the scores and classes of those kept.
    """
    people = rows[kept]
    if wnms_thr >= 1:
        return people
    same = box_iou(people[:, :4], rows[:, :4]) > wnms_thr
    same &= people[:, 5:6] == rows[:, 5]
    same[torch.arange(len(kept), device=kept.device), kept] = True
    weights = same * rows[:, 4]
    weights = weights / weights.sum(dim=1, keepdim=True)
    means = weights @ rows
    return torch.cat([means[:, :4], people[:, 4:6], means[:, 6:]], dim=1)


def to_instances(rows: Tensor, input_size: tuple[int, int]) -> InstanceData:
    """Convert the rows (M, 6 + 3 K) of an image to MMPose's structure; clip the boxes.

    Args:
        rows (Tensor): (M, 6 + 3 K).
        input_size (tuple[int, int]): Width and height of the network's input.
    """
    width, height = input_size
    limit = rows.new_tensor([width, height, width, height])
    keypoints = rows[:, 6:].unflatten(1, (-1, 3))
    return InstanceData(
        scores=rows[:, 4],
        bboxes=rows[:, :4].clamp(min=0).minimum(limit),
        bbox_scores=rows[:, 4],
        labels=rows[:, 5].long(),
        keypoints=keypoints[..., :2],
        keypoint_scores=keypoints[..., 2],
        keypoints_visible=keypoints[..., 2],
    ).numpy()
