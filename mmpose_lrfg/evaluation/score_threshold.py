"""From which score on is a detection shown? Where a model finds people best, by F1."""

from collections.abc import Iterable

import numpy as np

from mmpose_lrfg.evaluation.error_analysis import COCO_FLIP, COCO_SIGMAS, Labels, similarities
from mmpose_lrfg.runtime import Poses

OKS = 0.5


def best_f1(found: Iterable[tuple[Labels, Poses]], oks_thr: float = OKS) -> tuple[float, float]:
    """The score at which precision and recall of people are best together.

    Models score differently: one threshold for all would show one its best and another nothing.
    Detections are matched with people as COCO does, the best score first, each with the most
    similar person that is left.

    Args:
        found (Iterable[tuple[Labels, Poses]]): Of every image.
        oks_thr (float): From this OKS on a person counts as found.

    Returns:
        tuple[float, float]: The score and its F1; (0, 0) if nothing is ever right.
    """
    scores, right, people = [], [], 0
    for labels, poses in found:
        people += len(labels.areas)
        scores.append(poses.scores)
        right.append(_right(labels, poses, oks_thr))
    if not scores:
        return 0.0, 0.0
    scores, right = np.concatenate(scores), np.concatenate(right)
    order = np.argsort(-scores, kind='stable')
    scores, right = scores[order], right[order]
    if not right.any():
        return 0.0, 0.0
    f1 = 2 * np.cumsum(right) / (np.arange(1, len(right) + 1) + people)
    # Detections of one score come and go together.
    f1[:-1][scores[:-1] == scores[1:]] = 0
    best = int(f1.argmax())
    return float(scores[best]), float(f1[best])


def _right(labels: Labels, poses: Poses, oks_thr: float) -> np.ndarray:
    """(D,) whether each detection, in the order of their scores, finds a person of its own."""
    own, _ = similarities(labels, poses.keypoints, COCO_SIGMAS, COCO_FLIP)
    labelled = np.maximum((labels.keypoints[..., 2] > 0).sum(axis=1), 1)
    oks = own.sum(axis=2) / labelled[:, None]
    right = np.zeros(len(poses), bool)
    if not oks.size:
        return right
    for detection in np.argsort(-poses.scores, kind='stable'):
        person = int(oks[:, detection].argmax())
        if oks[person, detection] >= oks_thr:
            right[detection] = True
            oks[person] = -1
    return right
