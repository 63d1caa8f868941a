"""Thresholds and NMS on the output of an exported network, in NumPy.

The PyTorch counterpart is :mod:`mmpose_lrfg.models.heads.postprocess`; tests compare the two.
"""

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
    """Select the detections of each image, best first.

    Args:
        output (ndarray): Output of the file, see ``nms`` of :class:`.Metadata`.
        metadata (Metadata): Of the file.
        num_images (int): Images of the batch; further ones are padding.
        score_thr (float): Detections with score <= ``score_thr`` are discarded.
        nms_thr (float): IoU above which NMS removes the lower score, unless NMS is in the file.
        wnms_thr (float): IoU threshold of weighted NMS, unless NMS is in the file; 1 turns it off.
        max_per_img (int): Most detections of an image.

    Returns:
        list[ndarray]: (P, 6 + 3 K) of each image.
    """
    if metadata.nms == 'dynamic':  # sorted within a class only
        output = output[np.argsort(-output[:, 5], kind='stable')]
        output = [output[output[:, 0] == image, 1:] for image in range(num_images)]
    found = [rows[rows[:, 4] > score_thr] for rows in output[:num_images]]
    if metadata.nms == 'none':
        found = [nms(rows, nms_thr, wnms_thr, metadata.nms_pre, max_per_img) for rows in found]
    return [people[:max_per_img] for people in found]


def nms(
    rows: np.ndarray, nms_thr: float, wnms_thr: float, nms_pre: int, max_per_img: int
) -> np.ndarray:
    """Apply class-aware NMS to the boxes of rows (P, 6 + 3 K); return those kept, best first."""
    rows = rows[np.argsort(-rows[:, 4], kind='stable')[:nms_pre]]
    boxes = np.concatenate([rows[:, :2], rows[:, 2:4] - rows[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxesBatched(boxes, rows[:, 4], rows[:, 5].astype(int), -1.0, nms_thr)
    return weighted_means(rows, np.asarray(kept, int).reshape(-1)[:max_per_img], wnms_thr)


def weighted_means(rows: np.ndarray, kept: np.ndarray, wnms_thr: float) -> np.ndarray:
    """Replace detections by the mean, weighted by score, of the rows that overlap them.

    Args:
        rows (ndarray): (P, 6 + 3 K), before NMS.
        kept (ndarray): (Q,) int, indices that NMS kept.
        wnms_thr (float): Rows of the same class with a larger IoU take part; 1 returns the rows
            as they are.

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


def iou(boxes1: np.ndarray, boxes2: np.ndarray) -> np.ndarray:
    """Return the (P, Q) IoU of boxes (P, 4) and (Q, 4), x1, y1, x2, y2."""
    low = np.maximum(boxes1[:, None, :2], boxes2[:, :2])
    high = np.minimum(boxes1[:, None, 2:], boxes2[:, 2:])
    intersection = (high - low).clip(0).prod(axis=2)
    area1, area2 = ((boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (boxes1, boxes2))
    union = area1[:, None] + area2 - intersection
    return np.divide(intersection, union, out=np.zeros_like(intersection), where=union > 0)
