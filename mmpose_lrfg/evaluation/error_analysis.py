"""Errors of single keypoints, after Ronchi and Perona.

"Benchmarking and Error Diagnosis in Multi-Instance Pose Estimation", ICCV 2017, section 3. With
the similarity ks = exp(-d^2 / (2 area (2 sigma)^2)) of a detected keypoint and the annotation at
distance d, an annotated keypoint of a matched person is

- good: ks >= 0.85
- jitter: 0.5 <= ks < 0.85
- inversion: ks < 0.5, and >= 0.5 to the other side of the same person (left for right)
- swap: ks < 0.5, and >= 0.5 to the keypoint, or its other side, of another person
- miss: none of these

Of inversion and swap the more similar one counts. Keypoints of false negatives are *unfound*.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mmpose_lrfg.utils.coco_constants import FLIP_INDICES, KEYPOINT_SIGMAS

GOOD, JITTER, INVERSION, SWAP, MISS, UNFOUND = range(6)
NAMES = ('good', 'jitter', 'inversion', 'swap', 'miss', 'unfound')
UNLABELLED = -1

GOOD_KS, NEAR_KS = 0.85, 0.5
MATCH_OKS = 0.1  # least OKS of a match
IGNORE_IOA = 0.5  # least part of a detection's box in an ignored region


class Labels(NamedTuple):
    """The annotated people of an image.

    Attributes:
        keypoints: (G, K, 3) x, y, v in pixels; v is 0 where there is no annotation.
        areas: (G,) in square pixels.
        boxes: (G, 4) x1, y1, x2, y2.
        ignored: (I, 4) boxes of crowds and of people without annotated keypoints.
    """

    keypoints: np.ndarray
    areas: np.ndarray
    boxes: np.ndarray
    ignored: np.ndarray

    @classmethod
    def from_coco(cls, annotations: Sequence[dict], num_keypoints: int = 17) -> 'Labels':
        """Convert the COCO annotations of one image."""
        people, others = [], []
        for ann in annotations:
            seen = any(ann.get('keypoints', ())[2::3])
            (people if seen and not ann.get('iscrowd') else others).append(ann)

        def boxes(anns):
            xywh = np.array([ann['bbox'] for ann in anns if 'bbox' in ann], float).reshape(-1, 4)
            return np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)

        keypoints = np.array([ann['keypoints'] for ann in people], float)
        return cls(
            keypoints.reshape(-1, num_keypoints, 3),
            np.array([ann['area'] for ann in people], float),
            boxes(people),
            boxes(others),
        )


@dataclass
class ImageErrors:
    """Errors of D detections on G people of K keypoints.

    Attributes:
        match: (G,) index of the detection of each person, -1 for a false negative.
        oks: (G,) OKS of the match, 0 for a false negative.
        status: (G, K) index into ``NAMES``, or ``UNLABELLED``.
        false_positive: (D,) whether the detection has no match and is outside ignored regions.
    """

    match: np.ndarray
    oks: np.ndarray
    status: np.ndarray
    false_positive: np.ndarray

    @property
    def mean_oks(self) -> float:
        """Mean over the people; NaN without any."""
        return float(self.oks.mean()) if len(self.oks) else float('nan')


def find_errors(
    labels: Labels,
    keypoints: np.ndarray,
    boxes: np.ndarray,
    sigmas: Sequence[float] = KEYPOINT_SIGMAS,
    flip: Sequence[int] = FLIP_INDICES,
) -> ImageErrors:
    """Match detections with people, highest OKS first, and classify every keypoint.

    Args:
        labels (Labels): G people.
        keypoints (ndarray): (D, K, 2) x, y of the detections in pixels.
        boxes (ndarray): (D, 4) x1, y1, x2, y2.
        sigmas (Sequence[float]): (K,) fall-off of OKS.
        flip (Sequence[int]): (K,) index of each keypoint's other side, its own in the middle.
    """
    own, other_side = similarities(labels, keypoints, sigmas, flip)
    seen = labels.keypoints[..., 2] > 0
    people, found = own.shape[:2]
    totals = (own * seen[:, None]).sum(axis=2) / np.maximum(seen.sum(axis=1), 1)[:, None]
    match, oks = np.full(people, -1), np.zeros(people)
    for person, detection in pairs(totals):
        if totals[person, detection] >= MATCH_OKS:
            match[person], oks[person] = detection, totals[person, detection]
    status = np.where(seen, UNFOUND, UNLABELLED)
    hit = np.flatnonzero(match >= 0)
    status[hit] = np.where(seen[hit], _classify(own, other_side, seen, hit, match[hit]), UNLABELLED)
    free = np.ones(found, bool)
    free[match[hit]] = False
    return ImageErrors(match, oks, status, free & ~_inside(boxes, labels.ignored))


def similarities(
    labels: Labels,
    keypoints: np.ndarray,
    sigmas: Sequence[float] = KEYPOINT_SIGMAS,
    flip: Sequence[int] = FLIP_INDICES,
) -> tuple[np.ndarray, np.ndarray]:
    """Return ks of every detection to every person, and to the person's other sides.

    Returns:
        tuple[ndarray, ndarray]: (G, D, K) each; 0 where the keypoint is not annotated, or has no
        other side.
    """
    variances = (2 * np.asarray(sigmas, float)) ** 2
    flip = np.asarray(flip)
    areas = labels.areas[:, None, None] + np.spacing(1)
    seen = labels.keypoints[..., 2] > 0

    def ks(true, annotated):
        squared = ((true[:, None, :, :2] - keypoints[None]) ** 2).sum(axis=-1)
        return np.exp(-squared / (2 * areas * variances)) * annotated[:, None]

    has_other = flip != np.arange(len(flip))
    return (
        ks(labels.keypoints, seen),
        ks(labels.keypoints[:, flip], seen[:, flip]) * has_other,
    )


def pairs(similarity: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield pairs (row, column) of a (P, D) matrix, highest first, each row and column once."""
    rows, columns = set(), set()
    for index in np.argsort(-similarity, axis=None, kind='stable'):
        row, column = divmod(int(index), similarity.shape[1])
        if row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
            yield row, column


def _classify(own, other_side, seen, hit: np.ndarray, match: np.ndarray) -> np.ndarray:
    """(H, K) status of the H matched people, as if every keypoint were annotated."""
    ks, inverted = own[hit, match], other_side[hit, match]
    # Similarity of every matched detection to all other people.
    others = np.maximum(own, other_side)[:, match].transpose(1, 0, 2)
    others[np.arange(len(hit)), hit] = 0
    swapped = others.max(axis=1, initial=0)
    elsewhere = np.where(inverted >= swapped, INVERSION, SWAP)
    near = np.maximum(inverted, swapped) >= NEAR_KS
    return np.select([ks >= GOOD_KS, ks >= NEAR_KS, near], [GOOD, JITTER, elsewhere], default=MISS)


def _inside(boxes: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """(D,) whether at least half of each box lies in one region, COCO's rule for crowds."""
    if not len(regions) or not len(boxes):
        return np.zeros(len(boxes), bool)
    low = np.maximum(boxes[:, None, :2], regions[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], regions[None, :, 2:])
    shared = (high - low).clip(0).prod(axis=2)
    areas = (boxes[:, 2:] - boxes[:, :2]).clip(1e-9).prod(axis=1)
    return (shared / areas[:, None]).max(axis=1) >= IGNORE_IOA
