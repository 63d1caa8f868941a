"""From the rows of an exported network to the people of each image."""

from collections.abc import Sequence

import cv2
import numpy as np

from .metadata import Metadata


def select(
    output: np.ndarray,
    metadata: Metadata,
    num_images: int,
    score_thr: float,
    nms_thr: float,
    wnms_thr: float,
    max_per_img: int,
) -> list[np.ndarray]:
    """People of each image, best first.

    Args:
        output (ndarray): As ``metadata.nms`` says.
        metadata (Metadata): Of the file.
        num_images (int): Images of the batch that count; the last ones may be fill.
        score_thr (float): People with at most this score are left out.
        nms_thr (float): IoU above which the lower score goes, where the file has no NMS.
        wnms_thr (float): IoU above which rows are merged into those kept, where the file has no
            NMS; 1 merges nothing.
        max_per_img (int): Most people of an image.

    Returns:
        list[ndarray]: (P, 6 + 3 K) of each image.
    """
    if metadata.nms == 'dynamic':
        rows = output[output[:, 5] > score_thr]
        found = [rows[rows[:, 0] == image, 1:] for image in range(num_images)]
        # Row by row they are sorted within a class only.
        return [people[best_first(people)[:max_per_img]] for people in found]
    # Of tens of thousands of rows, only those few are copied.
    found = [rows[rows[:, 4] > score_thr] for rows in output[:num_images]]
    if metadata.nms == 'fixed':
        return [people[:max_per_img] for people in found]
    return [suppress(people, nms_thr, wnms_thr, metadata.nms_pre, max_per_img) for people in found]


def best_first(rows: np.ndarray) -> np.ndarray:
    """(P,) order of rows (P, 6 + 3 K) by falling score."""
    return np.argsort(-rows[:, 4], kind='stable')


def suppress(
    rows: np.ndarray, nms_thr: float, wnms_thr: float, nms_pre: int, max_per_img: int
) -> np.ndarray:
    """Class-aware NMS on the boxes of rows (P, 6 + 3 K): those kept, best first."""
    rows = rows[best_first(rows)[:nms_pre]]
    if len(rows) < 2:
        return rows[:max_per_img]
    kept = nms(rows[:, :4], rows[:, 4], rows[:, 5].astype(int), nms_thr)[:max_per_img]
    return merge(rows, kept, wnms_thr)


def merge(rows: np.ndarray, kept: np.ndarray, wnms_thr: float) -> np.ndarray:
    """Means, weighted by score, of the rows that overlap those kept: as the head does it.

    Args:
        rows (ndarray): (P, 6 + 3 K), before NMS.
        kept (ndarray): (Q,) int, those that NMS kept.
        wnms_thr (float): Rows of the same class whose IoU with a kept one is larger belong to it;
            1 merges nothing.

    Returns:
        ndarray: (Q, 6 + 3 K), with the scores and classes of those kept.
    """
    people = rows[kept]
    if wnms_thr >= 1:
        return people
    same = iou(people[:, :4], rows[:, :4]) > wnms_thr
    same &= people[:, 5:6] == rows[:, 5]
    same[np.arange(len(kept)), kept] = True
    weights = same * rows[:, 4]
    means = weights @ rows / weights.sum(axis=1, keepdims=True)
    means[:, 4:6] = people[:, 4:6]
    return means


def iou(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """(P, Q) intersections over unions of boxes (P, 4) and (Q, 4) as x1, y1, x2, y2."""
    low = np.maximum(ours[:, None, :2], theirs[:, :2])
    high = np.minimum(ours[:, None, 2:], theirs[:, 2:])
    shared = (high - low).clip(0).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (ours, theirs)]
    union = areas[0][:, None] + areas[1] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def nms(boxes: np.ndarray, scores: np.ndarray, labels: Sequence[int], nms_thr: float) -> np.ndarray:
    """Indices of boxes (P, 4) as x1, y1, x2, y2 that no better one of their class overlaps."""
    sides = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxesBatched(sides, scores, labels, -1.0, nms_thr)
    return np.asarray(kept, int).reshape(-1)
