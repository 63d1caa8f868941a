"""How well anchors fit the boxes of a data set, and better ones.

k-means on the boxes of the training set: Redmon and Farhadi, "YOLO9000: Better, Faster, Stronger",
2017; here on logarithms, because the assigner compares by ratio. Its centres are then improved by
random changes of which the good ones stay, an idea that YOLOv5's documentation describes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.cluster.vq import kmeans2

ENOUGH = 0.98
MOST_BOXES = 20_000  # more say no more about their sizes


@dataclass(frozen=True)
class Fit:
    """How N boxes meet A anchors on each of L levels.

    Attributes:
        recall: Share of the boxes that some anchor matches: no more can be learnt.
        closeness: Mean of the best anchor's ratio of sides, 1 where it fits exactly.
        matched: (L,) share of the boxes that some anchor of the level matches; a box may match on
            several levels.
        nearest: (L,) share of the boxes whose best anchor is there.
    """

    recall: float
    closeness: float
    matched: np.ndarray
    nearest: np.ndarray


def letterboxed(
    annotations: Iterable[dict], images: Iterable[dict], input_size: Sequence[int]
) -> np.ndarray:
    """(N, 2) widths and heights of COCO boxes in pixels of the input (width, height).

    Left out are crowd regions, objects whose keypoints are all unannotated, boxes without extent
    and those of images of unknown size.
    """
    scale = {
        image['id']: min(input_size[0] / image['width'], input_size[1] / image['height'])
        for image in images
        if image.get('width', 0) > 0 and image.get('height', 0) > 0
    }
    sides = [
        np.multiply(ann['bbox'][2:], scale[ann['image_id']])
        for ann in annotations
        if ann.get('image_id') in scale
        and not ann.get('iscrowd')
        and ('keypoints' not in ann or any(ann['keypoints'][2::3]))
        and len(ann.get('bbox') or ()) == 4
        and min(ann['bbox'][2:]) > 0
    ]
    return np.array(sides, float).reshape(-1, 2)


def worst_ratios(boxes: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """(N, A) larger ratio of the sides of boxes (N, 2) and anchors (A, 2), at least 1."""
    apart = np.abs(np.log(boxes)[:, None] - np.log(anchors)[None])
    return np.exp(apart.max(axis=-1))


def measure(boxes: np.ndarray, anchors: np.ndarray, ratio_thr: float = 4.0) -> Fit:
    """Compare boxes (N, 2) with anchors (L, A, 2), as the assigner does."""
    levels, count = anchors.shape[:2]
    ratios = worst_ratios(boxes, anchors.reshape(-1, 2))
    best = ratios.min(axis=1)
    by_level = ratios.reshape(-1, levels, count).min(axis=2)
    return Fit(
        recall=float((best < ratio_thr).mean()),
        closeness=float((1 / best).mean()),
        matched=(by_level < ratio_thr).mean(axis=0),
        nearest=np.bincount(by_level.argmin(axis=1), minlength=levels) / len(boxes),
    )


def fit_anchors(
    boxes: np.ndarray,
    levels: int,
    count: int,
    ratio_thr: float = 4.0,
    generations: int = 1000,
    seed: int = 0,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> np.ndarray:
    """Anchors (L, A, 2) of whole pixels for boxes (N, 2), smallest first.

    Args:
        boxes (ndarray): (N, 2) widths and heights in pixels of the input, all positive.
        levels, count (int): L levels of A anchors.
        ratio_thr (float): The assigner's.
        generations (int): Random changes tried.
        seed (int): Of the random numbers.
        on_progress (Callable[[int, int], None]): Called with generations done and in all.
    """
    rng = np.random.default_rng(seed)
    if len(boxes) > MOST_BOXES:
        boxes = boxes[rng.choice(len(boxes), MOST_BOXES, replace=False)]
    best = start_anchors(boxes, levels * count, rng)
    score = fitness(boxes, best, ratio_thr)
    for generation in range(1, generations + 1):
        # Some sides grow or shrink by a tenth or so; not all, or hardly any change is good.
        change = rng.normal(0, 0.1, best.shape) * (rng.uniform(size=best.shape) < 0.3)
        candidate = np.maximum(best * np.exp(change), 2.0)
        value = fitness(boxes, candidate, ratio_thr)
        if value > score:
            best, score = candidate, value
        on_progress(generation, generations)
    best = best[np.argsort(best.prod(axis=1), kind='stable')]
    return best.round().reshape(levels, count, 2)


def start_anchors(boxes: np.ndarray, total: int, rng: np.random.Generator) -> np.ndarray:
    """(total, 2) centres by k-means; where sizes are too few, spread around them."""
    logs = np.log(boxes)
    logs = logs + rng.normal(0, 1e-3, logs.shape)  # equal boxes would leave clusters empty
    if len(logs) < total:
        logs = np.repeat(logs, -(-total // len(logs)), axis=0)
        logs = logs + rng.normal(0, 0.1, logs.shape)
    centres, _ = kmeans2(logs, total, iter=30, minit='++', seed=rng, missing='warn')
    return np.maximum(np.exp(centres), 2.0)


def fitness(boxes: np.ndarray, anchors: np.ndarray, ratio_thr: float) -> float:
    """Mean closeness of boxes to their best anchor; what no anchor matches counts as 0."""
    best = worst_ratios(boxes, anchors).min(axis=1)
    return float(((1 / best) * (best < ratio_thr)).mean())


def snippet(anchors: np.ndarray) -> str:
    """Anchors (L, A, 2) as lines of a config."""
    rows = [', '.join(f'({w:.0f}, {h:.0f})' for w, h in level) for level in anchors]
    inside = '\n'.join(f'    ({row}),' for row in rows)
    return f'model = dict(head=dict(anchors=(\n{inside}\n)))'
