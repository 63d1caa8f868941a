"""From raw outputs to the people of an image: decoding, thresholds, class-aware NMS, merging."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torchvision.ops import batched_nms, box_convert, box_iou

from mmpose_lrfg.models.task_modules import AnchorGrid, decode_boxes, decode_keypoints


class Candidates(NamedTuple):
    """M decoded predictions, in pixels of the network's input."""

    images: Tensor
    """(M,) int64, index of the image in the batch."""
    boxes: Tensor
    """(M, 4) x1, y1, x2, y2."""
    scores: Tensor
    """(M,) objectness, times the class's probability where there are several classes."""
    labels: Tensor
    """(M,) int64, the most probable class."""
    keypoints: Tensor
    """(M, K, 2) x, y."""
    visibilities: Tensor
    """(M, K) in 0..1."""

    def at(self, index: Tensor) -> 'Candidates':
        """Those of (P,) int64 indices."""
        return Candidates(*(field[index] for field in self))


def decode_rows(
    raw: Tensor, cell: Tensor, anchor: Tensor, stride: float, num_classes: int
) -> Tensor:
    """Decode raw outputs (..., 5 + C + 3 K) of given cells and anchors, (..., 2) each.

    Returns:
        Tensor: Same shape: cx, cy, w, h in pixels, objectness, classes in 0..1, and of each
        keypoint x, y in pixels and visibility in 0..1.
    """
    boxes = decode_boxes(raw[..., :4], cell, anchor, stride)
    keypoints, visibilities = decode_keypoints(
        raw[..., 5 + num_classes :].unflatten(-1, (-1, 3)), cell, stride
    )
    keypoints = torch.cat([keypoints, visibilities.unsqueeze(-1)], dim=-1).flatten(-2)
    return torch.cat([boxes, raw[..., 4 : 5 + num_classes].sigmoid(), keypoints], dim=-1)


def decode_level(raw: Tensor, level: int, anchors: AnchorGrid, num_classes: int) -> Tensor:
    """Decode every anchor of a level.

    Args:
        raw (Tensor): (N, A, H, W, 5 + C + 3 K).

    Returns:
        Tensor: Same shape, as :func:`decode_rows`.
    """
    cells = anchors.cells(*raw.shape[2:4], device=raw.device)
    sizes = anchors.sizes[level].to(raw)[:, None, None]
    return decode_rows(raw, cells, sizes, anchors.strides[level], num_classes)


def decode_dense(raws: Sequence[Tensor], anchors: AnchorGrid, num_classes: int) -> Tensor:
    """Decode every anchor of every level: (N, sum of A H W, 5 + C + 3 K), finest level first."""
    return torch.cat(
        [decode_level(raw, i, anchors, num_classes).flatten(1, 3) for i, raw in enumerate(raws)],
        dim=1,
    )


def score(rows: Tensor, num_classes: int, single_class_score: bool) -> tuple[Tensor, Tensor]:
    """(M,) scores and (M,) labels of decoded rows (M, 5 + C + 3 K).

    With one class its output is never trained, so the objectness alone is the score;
    ``single_class_score`` multiplies by it nevertheless, as YOLO-Pose does.
    """
    objectness, classes = rows[:, 4], rows[:, 5 : 5 + num_classes]
    best, labels = classes.max(dim=1)
    if num_classes == 1 and not single_class_score:
        return objectness, labels
    return objectness * best, labels


def to_candidates(
    rows: Tensor,
    images: Tensor,
    num_classes: int,
    score_thr: float,
    single_class_score: bool,
) -> Candidates:
    """Keep the decoded rows (M, 5 + C + 3 K) of ``images`` (M,) that score above the threshold."""
    scores, labels = score(rows, num_classes, single_class_score)
    keep = scores > score_thr
    rows = rows[keep]
    keypoints = rows[:, 5 + num_classes :].unflatten(-1, (-1, 3))
    return Candidates(
        images=images[keep],
        boxes=box_convert(rows[:, :4], 'cxcywh', 'xyxy'),
        scores=scores[keep],
        labels=labels[keep],
        keypoints=keypoints[..., :2],
        visibilities=keypoints[..., 2],
    )


def find_candidates(
    raws: Sequence[Tensor],
    anchors: AnchorGrid,
    num_classes: int,
    score_thr: float,
    single_class_score: bool = False,
) -> Candidates:
    """Decode only the anchors whose objectness alone passes the threshold.

    The score is at most the objectness, so nothing is lost; of the thousands of anchors of an
    image, a handful is decoded.
    """
    threshold = torch.tensor(float(score_thr)).logit().item()
    found, images = [], []
    for level, raw in enumerate(raws):
        image, anchor, row, column = (raw[..., 4] > threshold).nonzero(as_tuple=True)
        picked = raw[image, anchor, row, column].float()
        cell = torch.stack([column, row], dim=-1).to(picked)
        sizes = anchors.sizes[level].to(picked)[anchor]
        found.append(decode_rows(picked, cell, sizes, anchors.strides[level], num_classes))
        images.append(image)
    return to_candidates(
        torch.cat(found), torch.cat(images), num_classes, score_thr, single_class_score
    )


def suppress(
    candidates: Candidates,
    num_images: int,
    nms_thr: float,
    nms_pre: int,
    max_per_img: int,
    merge_thr: float = 1.0,
) -> list[Candidates]:
    """Class-aware NMS on boxes, image by image, best first.

    Args:
        candidates (Candidates): Of ``num_images`` images.
        nms_thr (float): IoU above which the lower score goes.
        nms_pre (int): Best candidates of an image that take part.
        max_per_img (int): Most people kept in an image.
        merge_thr (float): IoU above which candidates are merged into those kept, see
            :func:`merge`; 1 merges nothing.
    """
    results = []
    for image in range(num_images):
        index = (candidates.images == image).nonzero().squeeze(1)
        order = candidates.scores[index].argsort(descending=True, stable=True)[:nms_pre]
        found = candidates.at(index[order])
        kept = batched_nms(found.boxes, found.scores, found.labels, nms_thr)[:max_per_img]
        results.append(merge(found, kept, merge_thr))
    return results


def merge(candidates: Candidates, kept: Tensor, merge_thr: float) -> Candidates:
    """People as means of what several anchors say of them, weighted by score.

    The best anchor of a person is not the best for all of its keypoints: errors that differ from
    anchor to anchor cancel out (Bazarevsky et al., "BlazeFace", 2019, section 3.4).

    Args:
        candidates (Candidates): M of one image, before NMS.
        kept (Tensor): (P,) int64, those that NMS kept.
        merge_thr (float): A candidate whose box overlaps that of a kept one of its class by more
            than this IoU says something of the same person; 1 merges nothing.

    Returns:
        Candidates: P with their own score and label, and means of boxes, keypoints and
        visibilities.
    """
    people = candidates.at(kept)
    if merge_thr >= 1:
        return people
    same = box_iou(people.boxes, candidates.boxes) > merge_thr
    same &= people.labels[:, None] == candidates.labels
    same[torch.arange(len(kept), device=kept.device), kept] = True
    weights = same * candidates.scores
    weights = weights / weights.sum(dim=1, keepdim=True)
    return people._replace(
        boxes=weights @ candidates.boxes,
        keypoints=torch.einsum('pm,mkc->pkc', weights, candidates.keypoints),
        visibilities=weights @ candidates.visibilities,
    )


def merge_flipped(
    raws: Sequence[Tensor],
    flipped: Sequence[Tensor],
    anchors: AnchorGrid,
    num_classes: int,
    flip_indices: Sequence[int],
    width: int,
) -> Tensor:
    """Decode the outputs for an image and for its mirror image and average them.

    The anchor that sees something at column x sees it in the mirror image at the mirrored
    column, so the two are averaged anchor by anchor.

    Args:
        raws, flipped (Sequence[Tensor]): Per level (N, A, H, W, 5 + C + 3 K).
        flip_indices (Sequence[int]): For each keypoint, the one that takes its place in a mirror.
        width (int): Width of the input in pixels.

    Returns:
        Tensor: As :func:`decode_dense`.
    """
    first = 5 + num_classes
    merged = []
    for level, (raw, mirror) in enumerate(zip(raws, flipped)):
        straight = decode_level(raw, level, anchors, num_classes)
        mirror = decode_level(mirror, level, anchors, num_classes).flip(3)
        keypoints = mirror[..., first:].unflatten(-1, (-1, 3))[..., list(flip_indices), :]
        keypoints = torch.cat([width - 1 - keypoints[..., :1], keypoints[..., 1:]], dim=-1)
        mirror = torch.cat(
            [width - 1 - mirror[..., :1], mirror[..., 1:first], keypoints.flatten(-2)], dim=-1
        )
        merged.append(((straight + mirror) / 2).flatten(1, 3))
    return torch.cat(merged, dim=1)
