"""What is wrong with a found pose? The errors of Ronchi and Perona, keypoint by keypoint.

"Benchmarking and Error Diagnosis in Multi-Instance Pose Estimation", ICCV 2017, section 3. With
``ks`` = exp(-d^2 / (2 area (2 sigma)^2)), the similarity of a keypoint to where it should be, a
labelled keypoint of a person who was found is

- good: ks >= 0.85
- jitter: 0.5 <= ks < 0.85, the right place but not exactly
- inversion: below 0.5, and 0.5 or more to the same person's other side (left for right)
- swap: below 0.5, and 0.5 or more to another person's keypoint of that name, or its other side
- miss: none of these, far from everything

Of inversion and swap the more similar one counts. Keypoints of a person nobody found are *unfound*.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mmpose_lrfg.evaluation.keypoint_accuracy import pairs

GOOD, JITTER, INVERSION, SWAP, MISS, UNFOUND = range(6)
NAMES = ('good', 'jitter', 'inversion', 'swap', 'miss', 'unfound')
UNLABELLED = -1

GOOD_FROM, NEAR_FROM = 0.85, 0.5  # of ks
FOUND_FROM = 0.1  # of OKS: below, a detection is of nobody
INSIDE_FROM = 0.5  # of a detection's box, to belong to a region that is not labelled

COCO_SIGMAS = (
    0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107,
    0.087, 0.087, 0.089, 0.089,
)  # fmt: skip
COCO_FLIP = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15)


class Labels(NamedTuple):
    """The people labelled in an image.

    Attributes:
        keypoints: (G, K, 3) x, y, v in pixels; v is 0 where there is no label.
        areas: (G,) in square pixels.
        boxes: (G, 4) x1, y1, x2, y2.
        ignored: (I, 4) boxes of crowds and of people without any labelled keypoint.
    """

    keypoints: np.ndarray
    areas: np.ndarray
    boxes: np.ndarray
    ignored: np.ndarray

    @classmethod
    def from_coco(cls, annotations: Sequence[dict], num_keypoints: int = 17) -> 'Labels':
        """From the annotations of one image."""
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
    """What was found of G people of K keypoints by D detections.

    Attributes:
        match: (G,) index of the detection of each person, -1 for none.
        oks: (G,) its similarity to the person, 0 for none.
        status: (G, K) index into ``NAMES``, or ``UNLABELLED``.
        false: (D,) whether the detection is of nobody; one of a region without labels is not
            false.
    """

    match: np.ndarray
    oks: np.ndarray
    status: np.ndarray
    false: np.ndarray

    @property
    def mean_oks(self) -> float:
        """Over the people; NaN without any."""
        return float(self.oks.mean()) if len(self.oks) else float('nan')


def find_errors(
    labels: Labels,
    keypoints: np.ndarray,
    boxes: np.ndarray,
    sigmas: Sequence[float] = COCO_SIGMAS,
    flip: Sequence[int] = COCO_FLIP,
) -> ImageErrors:
    """Match detections with people, from the highest OKS down, and name every error.

    Args:
        labels (Labels): G people.
        keypoints (ndarray): (D, K, 2) x, y of the detections in pixels.
        boxes (ndarray): (D, 4) x1, y1, x2, y2.
        sigmas (Sequence[float]): (K,) fall-off of OKS.
        flip (Sequence[int]): (K,) of each keypoint its other side, itself in the middle.
    """
    own, other_side = similarities(labels, keypoints, sigmas, flip)
    seen = labels.keypoints[..., 2] > 0
    people, found = own.shape[:2]
    totals = (own * seen[:, None]).sum(axis=2) / np.maximum(seen.sum(axis=1), 1)[:, None]
    match, oks = np.full(people, -1), np.zeros(people)
    for person, detection in pairs(totals):
        if totals[person, detection] >= FOUND_FROM:
            match[person], oks[person] = detection, totals[person, detection]
    status = np.where(seen, UNFOUND, UNLABELLED)
    hit = np.flatnonzero(match >= 0)
    status[hit] = np.where(seen[hit], _classify(own, other_side, seen, hit, match[hit]), UNLABELLED)
    free = np.ones(found, bool)
    free[match[hit]] = False
    return ImageErrors(match, oks, status, free & ~_inside(boxes, labels.ignored))


def similarities(labels: Labels, keypoints: np.ndarray, sigmas, flip) -> tuple:
    """ks of each detection's keypoint to each person's of the same name, and to its other side.

    Returns:
        tuple[ndarray, ndarray]: (G, D, K) each; 0 where the person has no such label, and the
        second one where a keypoint has no other side.
    """
    variances = (2 * np.asarray(sigmas, float)) ** 2
    flip = np.asarray(flip)
    areas = labels.areas[:, None, None] + np.spacing(1)
    seen = labels.keypoints[..., 2] > 0

    def ks(true, labelled):
        squared = ((true[:, None, :, :2] - keypoints[None]) ** 2).sum(axis=-1)
        return np.exp(-squared / (2 * areas * variances)) * labelled[:, None]

    has_other = flip != np.arange(len(flip))
    return (
        ks(labels.keypoints, seen),
        ks(labels.keypoints[:, flip], seen[:, flip]) * has_other,
    )


def _classify(own, other_side, seen, hit: np.ndarray, match: np.ndarray) -> np.ndarray:
    """(H, K) status of the H people who were found, as if every keypoint were labelled."""
    ks, inverted = own[hit, match], other_side[hit, match]
    # Of every matched detection, similarity to all people; its own one does not count.
    others = np.maximum(own, other_side)[:, match].transpose(1, 0, 2)
    others[np.arange(len(hit)), hit] = 0
    swapped = others.max(axis=1, initial=0)
    elsewhere = np.where(inverted >= swapped, INVERSION, SWAP)
    near = np.maximum(inverted, swapped) >= NEAR_FROM
    return np.select(
        [ks >= GOOD_FROM, ks >= NEAR_FROM, near], [GOOD, JITTER, elsewhere], default=MISS
    )


def _inside(boxes: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """(D,) whether at least half of a box lies in one of the regions, COCO's rule for crowds."""
    if not len(regions) or not len(boxes):
        return np.zeros(len(boxes), bool)
    low = np.maximum(boxes[:, None, :2], regions[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], regions[None, :, 2:])
    shared = (high - low).clip(0).prod(axis=2)
    areas = (boxes[:, 2:] - boxes[:, :2]).clip(1e-9).prod(axis=1)
    return (shared / areas[:, None]).max(axis=1) >= INSIDE_FROM
