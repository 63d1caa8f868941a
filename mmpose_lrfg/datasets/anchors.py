"""Measures how well anchors match the boxes of a data set, and fits anchors.

Anchors are fitted by k-means on the boxes (Redmon and Farhadi, "YOLO9000: Better, Faster,
Stronger", 2017), here on logarithms, because the assigner compares ratios. The centres are then
improved by random mutations, an idea described in YOLOv5's documentation.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.cluster.vq import kmeans2

from mmpose_lrfg.utils.tables import Column, Table

MIN_RECALL = 0.98  # below, other anchors are fitted
GENERATIONS = 1000  # mutations tried
MAX_BOXES = 20_000  # random sample for fitting


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


def fit_anchors(
    boxes: np.ndarray,
    levels: int,
    count: int,
    ratio_thr: float = 4.0,
    generations: int = GENERATIONS,
    seed: int = 0,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> np.ndarray:
    """Fit anchors (L, A, 2) of whole pixels to boxes (N, 2), smallest first.

    Args:
        boxes (ndarray): (N, 2) widths and heights in pixels of the input, all positive.
        levels (int): L.
        count (int): A.
        ratio_thr (float): Threshold of the assigner.
        generations (int): Number of mutations tried.
        seed (int): Seed of the random numbers.
        on_progress (Callable[[int, int], None]): Called with generations done and in all.
    """
    rng = np.random.default_rng(seed)
    if len(boxes) > MAX_BOXES:
        boxes = boxes[rng.choice(len(boxes), MAX_BOXES, replace=False)]
    best = start_anchors(boxes, levels * count, rng)
    score = fitness(boxes, best, ratio_thr)
    for generation in range(1, generations + 1):
        # Only some sides change, by about 10 %; a mutation of all sides is hardly ever better.
        change = rng.normal(0, 0.1, best.shape) * (rng.uniform(size=best.shape) < 0.3)
        candidate = np.maximum(best * np.exp(change), 2.0)
        value = fitness(boxes, candidate, ratio_thr)
        if value > score:
            best, score = candidate, value
        on_progress(generation, generations)
    best = best[np.argsort(best.prod(axis=1), kind='stable')]
    return best.round().reshape(levels, count, 2)


def start_anchors(boxes: np.ndarray, total: int, rng: np.random.Generator) -> np.ndarray:
    """Return (total, 2) centres by k-means; fewer boxes than centres are repeated with noise."""
    logs = np.log(boxes)
    logs = logs + rng.normal(0, 1e-3, logs.shape)  # equal boxes would leave clusters empty
    if len(logs) < total:
        logs = np.repeat(logs, -(-total // len(logs)), axis=0)
        logs = logs + rng.normal(0, 0.1, logs.shape)
    centres, _ = kmeans2(logs, total, iter=30, minit='++', seed=rng, missing='warn')
    return np.maximum(np.exp(centres), 2.0)


def fitness(boxes: np.ndarray, anchors: np.ndarray, ratio_thr: float) -> float:
    """Return the mean closeness of boxes to their best anchor, 0 where no anchor matches."""
    best = worst_ratios(boxes, anchors).min(axis=1)
    return float(((1 / best) * (best < ratio_thr)).mean())


def snippet(anchors: np.ndarray) -> str:
    """Return anchors (L, A, 2) as lines of a config."""
    rows = [', '.join(f'({w:.0f}, {h:.0f})' for w, h in level) for level in anchors]
    inside = '\n'.join(f'    ({row}),' for row in rows)
    return f'model = dict(head=dict(anchors=(\n{inside}\n)))'


def compare(
    boxes: np.ndarray,
    anchors: np.ndarray,
    ratio_thr: float = 4.0,
    seed: int = 0,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Fit]:
    """Measure 'present' anchors, and as many 'fitted' ones.

    Args:
        boxes (ndarray): (N, 2) in pixels of the input.
        anchors (ndarray): (L, A, 2), the present ones.
        ratio_thr (float): Threshold of the assigner.
        seed (int): Seed of the random numbers.
        on_progress (Callable[[int, int], None]): Called with generations done and in all.
    """
    levels, count = anchors.shape[:2]
    fitted = fit_anchors(
        boxes, levels, count, ratio_thr, GENERATIONS, seed=seed, on_progress=on_progress
    )
    return {
        'present': measure(boxes, anchors, ratio_thr),
        'fitted': measure(boxes, fitted, ratio_thr),
    }


def print_comparison(fits: dict[str, Fit]) -> None:
    """Print a table of the result of :func:`compare`, and the fitted anchors as a config."""
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
    columns = ['anchors', 'level', 'sizes']
    columns += [Column(name, name, '.1%') for name in ('match', 'nearest')]
    Table(rows, columns).print()
    for name, fit in fits.items():
        print(f'{name} anchors match {fit.recall:.1%} of the boxes, closeness {fit.closeness:.3f}')
    present, fitted = fits.values()
    if fitted.closeness <= present.closeness and present.recall >= MIN_RECALL:
        print('the present anchors are as good as the fitted ones')
        return
    if present.recall >= MIN_RECALL:
        print('the present anchors match enough boxes; the fitted ones are closer')
    print('for a new training (trained weights keep their anchors), in the config:')
    print(snippet(fitted.anchors))
