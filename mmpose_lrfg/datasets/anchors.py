"""Measures how well anchors match the boxes of a data set, and fits anchors.

Anchors are fitted by k-means on the boxes (Redmon and Farhadi, "YOLO9000: Better, Faster,
Stronger", 2017), here on logarithms, because the assigner compares ratios.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.cluster.vq import kmeans2

from mmpose_lrfg.utils.tables import Column, Table

MIN_RECALL = 0.98  # below, other anchors are fitted


@dataclass(frozen=True)
class Fit:
    """How N boxes match A anchors on each of L levels.

    Attributes:
        anchors: (L, A, 2) in pixels.
        recall: Share of the boxes that any anchor matches; the others cannot be learnt.
        closeness: Mean ratio of the sides of box and best anchor, 1 if all are equal.
        matched: (L,) share of the boxes that an anchor of the level matches; a box may match on
            several levels.
        nearest: (L,) share of the boxes whose best anchor belongs to the level.
    """

    anchors: np.ndarray
    recall: float
    closeness: float
    matched: np.ndarray
    nearest: np.ndarray

    def to_dict(self) -> dict:
        """Return plain values for JSON."""
        return {key: np.asarray(value).tolist() for key, value in vars(self).items()}


def letterboxed(
    annotations: Iterable[dict], images: Iterable[dict], input_size: Sequence[int]
) -> np.ndarray:
    """Return (N, 2) widths and heights of COCO boxes in pixels of the input (width, height).

    Crowd regions, objects without annotated keypoints, empty boxes and boxes of images of unknown
    size are left out.
    """
    scale = {
        image['id']: min(input_size[0] / image['width'], input_size[1] / image['height'])
        for image in images
        if image.get('width') and image.get('height')
    }
    sides = [
        np.multiply(ann['bbox'][2:], scale[ann['image_id']])
        for ann in annotations
        if ann.get('image_id') in scale
        and not ann.get('iscrowd')
        and ('keypoints' not in ann or any((ann['keypoints'] or ())[2::3]))
        and len(ann.get('bbox') or ()) == 4
        and min(ann['bbox'][2:]) > 0
    ]
    return np.array(sides, float).reshape(-1, 2)


def worst_ratios(boxes: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """Return (N, A) larger ratio of the sides of boxes (N, 2) and anchors (A, 2), at least 1."""
    apart = np.abs(np.log(boxes)[:, None] - np.log(anchors)[None])
    return np.exp(apart.max(axis=-1))


def measure(boxes: np.ndarray, anchors: np.ndarray, ratio_thr: float = 4.0) -> Fit:
    """Compare boxes (N, 2) with anchors (L, A, 2), as the assigner does."""
    levels, count = anchors.shape[:2]
    ratios = worst_ratios(boxes, anchors.reshape(-1, 2))
    best = ratios.min(axis=1)
    by_level = ratios.reshape(-1, levels, count).min(axis=2)
    return Fit(
        anchors=anchors,
        recall=float((best < ratio_thr).mean()),
        closeness=float((1 / best).mean()),
        matched=(by_level < ratio_thr).mean(axis=0),
        nearest=np.bincount(by_level.argmin(axis=1), minlength=levels) / len(boxes),
    )


def fit_anchors(boxes: np.ndarray, levels: int, count: int, seed: int = 0) -> np.ndarray:
    """Fit anchors (L, A, 2) of whole pixels to boxes (N, 2), smallest first.

    Args:
        boxes (ndarray): (N, 2) widths and heights in pixels of the input, all positive.
        levels (int): L.
        count (int): A.
        seed (int): Seed of the random numbers.
    """
    rng, total = np.random.default_rng(seed), levels * count
    logs = np.log(boxes)
    logs = logs + rng.normal(0, 1e-3, logs.shape)  # equal boxes would leave clusters empty
    if len(logs) < total:
        logs = np.repeat(logs, -(-total // len(logs)), axis=0)
        logs = logs + rng.normal(0, 0.1, logs.shape)
    centres, _ = kmeans2(logs, total, iter=30, minit='++', seed=rng, missing='warn')
    fitted = np.maximum(np.exp(centres), 2.0)
    fitted = fitted[np.argsort(fitted.prod(axis=1), kind='stable')]
    return fitted.round().reshape(levels, count, 2)


def snippet(anchors: np.ndarray) -> str:
    """Return anchors (L, A, 2) as lines of a config."""
    rows = [', '.join(f'({w:.0f}, {h:.0f})' for w, h in level) for level in anchors]
    inside = '\n'.join(f'    ({row}),' for row in rows)
    return f'model = dict(head=dict(anchors=(\n{inside}\n)))'


def compare(
    boxes: np.ndarray, anchors: np.ndarray, ratio_thr: float = 4.0, seed: int = 0
) -> dict[str, Fit]:
    """Measure 'present' anchors (L, A, 2) on boxes (N, 2), and as many 'fitted' ones."""
    fitted = fit_anchors(boxes, *anchors.shape[:2], seed)
    return {
        'present': measure(boxes, anchors, ratio_thr),
        'fitted': measure(boxes, fitted, ratio_thr),
    }


def print_comparison(fits: dict[str, Fit]) -> None:
    """Print a table of the result of :func:`compare`, and fitted anchors if they are needed."""
    rows = [
        {
            'anchors': name,
            'level': level + 1,
            'sizes': ' '.join(f'{w:.0f}x{h:.0f}' for w, h in fit.anchors[level]),
            'match': fit.matched[level],
            'nearest': fit.nearest[level],
        }
        for name, fit in fits.items()
        for level in range(len(fit.anchors))
    ]
    shares = [Column(name, name, '.1%') for name in ('match', 'nearest')]
    Table(rows, ['anchors', 'level', 'sizes', *shares]).print()
    for name, fit in fits.items():
        print(f'{name} anchors match {fit.recall:.1%} of the boxes, closeness {fit.closeness:.3f}')
    if fits['present'].recall >= MIN_RECALL:
        print('the present anchors match enough boxes')
    else:
        print('for a new training (trained weights keep their anchors), in the config:')
        print(snippet(fits['fitted'].anchors))
