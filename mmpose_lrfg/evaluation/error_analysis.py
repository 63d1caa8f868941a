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
    """The annotated people of an image."""

    keypoints: np.ndarray  # (G, K, 3) x, y, v in pixels; v is 0 where there is no annotation
    areas: np.ndarray  # (G,) in square pixels
    boxes: np.ndarray  # (G, 4) x1, y1, x2, y2
    ignored: np.ndarray  # (I, 4) boxes of crowds and of people without annotated keypoints

    @property
    def annotated(self) -> np.ndarray:
        """(G, K) whether a keypoint has an annotation."""
        return self.keypoints[..., 2] > 0

    @classmethod
    def from_coco(cls, annotations: Sequence[dict], num_keypoints: int = 17) -> 'Labels':
        """Convert the COCO annotations of one image."""
        people, ignored = [], []
        for ann in annotations:
            annotated = any(ann.get('keypoints', ())[2::3])
            (people if annotated and not ann.get('iscrowd') else ignored).append(ann)

        def array(anns, key, *shape):
            return np.array([ann[key] for ann in anns if key in ann], float).reshape(-1, *shape)

        keypoints, areas = array(people, 'keypoints', num_keypoints, 3), array(people, 'area')
        corners = array(people, 'bbox', 2, 2), array(ignored, 'bbox', 2, 2)
        return cls(keypoints, areas, *(each.cumsum(axis=1).reshape(-1, 4) for each in corners))


@dataclass
class ImageErrors:
    """Errors of D detections on G people of K keypoints."""

    match: np.ndarray  # (G,) index of the detection of each person, -1 for a false negative
    oks: np.ndarray  # (G,) OKS of the match, 0 for a false negative
    status: np.ndarray  # (G, K) index into NAMES, or UNLABELLED
    false_positive: np.ndarray  # (D,) without a match, and outside ignored regions

    @property
    def mean_oks(self) -> float:
        """Mean over the people; NaN without any."""
        return float(self.oks.mean()) if len(self.oks) else float('nan')


def find_errors(labels: Labels, keypoints: np.ndarray, boxes: np.ndarray) -> ImageErrors:
    """Match detections with people, highest OKS first, and classify every keypoint.

    Args:
        labels (Labels): G people with COCO's keypoints.
        keypoints (ndarray): (D, K, 2) x, y of the detections in pixels.
        boxes (ndarray): (D, 4) x1, y1, x2, y2.
    """
    own = similarities(labels, keypoints)
    all_oks = mean_similarity(labels, own)
    match, oks = np.full(len(own), -1), np.zeros(len(own))
    for person, detection in pairs(all_oks):
        if all_oks[person, detection] >= MATCH_OKS:
            match[person], oks[person] = detection, all_oks[person, detection]
    status = np.full(labels.annotated.shape, UNFOUND)
    other_side = similarities(labels, keypoints, FLIP_INDICES)
    anything = np.maximum(own, other_side)
    for person in np.flatnonzero(match >= 0):
        detection = match[person]
        ks, inverted = own[person, detection], other_side[person, detection]
        swapped = np.delete(anything[:, detection], person, axis=0).max(axis=0, initial=0)
        confused = np.where(inverted >= swapped, INVERSION, SWAP)
        status[person] = np.select(
            [ks >= GOOD_KS, ks >= NEAR_KS, np.maximum(inverted, swapped) >= NEAR_KS],
            [GOOD, JITTER, confused],
            default=MISS,
        )
    status[~labels.annotated] = UNLABELLED
    unmatched = ~np.isin(np.arange(len(keypoints)), match)
    return ImageErrors(match, oks, status, unmatched & ~_inside(boxes, labels.ignored))


def similarities(
    labels: Labels,
    keypoints: np.ndarray,
    flip: Sequence[int] | None = None,
    sigmas: Sequence[float] = KEYPOINT_SIGMAS,
) -> np.ndarray:
    """Return ks (G, D, K) of D detections to G people.

    Args:
        labels (Labels): The people.
        keypoints (ndarray): (D, K, 2) x, y in pixels.
        flip (Sequence[int], optional): (K,) index of each keypoint's other side, with which it is
            compared. By default, with the same keypoint.
        sigmas (Sequence[float]): (K,) fall-off of OKS.

    The result is 0 where the keypoint is not annotated, or has no other side.
    """
    true, annotated = labels.keypoints[..., :2], labels.annotated
    if flip is not None:
        flip = np.asarray(flip)
        true, annotated = true[:, flip], annotated[:, flip] & (flip != np.arange(len(flip)))
    squared = ((true[:, None] - keypoints[None]) ** 2).sum(axis=-1)
    areas = labels.areas[:, None, None] + np.spacing(1)
    variances = (2 * np.asarray(sigmas, float)) ** 2
    return np.exp(-squared / (2 * areas * variances)) * annotated[:, None]


def mean_similarity(labels: Labels, own: np.ndarray) -> np.ndarray:
    """Return (G, D) OKS from the (G, D, K) :func:`similarities` of the same keypoints."""
    return own.sum(axis=2) / labels.annotated.sum(axis=1)[:, None]


def pairs(similarity: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield pairs (row, column) of a (P, D) matrix, highest first, each row and column once."""
    left = np.nan_to_num(similarity)
    for _ in range(min(left.shape)):
        row, column = np.unravel_index(left.argmax(), left.shape)
        left[row], left[:, column] = -np.inf, -np.inf
        yield int(row), int(column)


def _inside(boxes: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """(D,) whether at least half of each box lies in one region, COCO's rule for crowds."""
    low = np.maximum(boxes[:, None, :2], regions[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], regions[None, :, 2:])
    shared = (high - low).clip(0).prod(axis=2)
    areas = (boxes[:, 2:] - boxes[:, :2]).clip(1e-9).prod(axis=1)
    return (shared / areas[:, None]).max(axis=1, initial=0) >= IGNORE_IOA
