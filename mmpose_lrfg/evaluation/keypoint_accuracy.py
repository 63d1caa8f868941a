"""How well each keypoint is found: OKS and PCK, keypoint by keypoint."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass
class KeypointAccuracy:
    """Means over the labelled keypoints of all people; people without a detection count as 0.

    Attributes:
        oks: (K,) mean similarity, 0 to 1; NaN where no keypoint is labelled.
        pck: (K,) share closer than the threshold.
        labelled: (K,) how many keypoints there are.
    """

    oks: np.ndarray
    pck: np.ndarray
    labelled: np.ndarray

    def mean(self, values: np.ndarray) -> float:
        """Mean of ``oks`` or ``pck`` over all labelled keypoints; 0 if there are none."""
        total = self.labelled.sum()
        return float(np.nansum(values * self.labelled) / total) if total else 0.0


def keypoint_accuracy(
    truth: Sequence[dict],
    detections: Sequence[dict],
    sigmas: Sequence[float],
    pck_thr: float = 0.05,
) -> KeypointAccuracy:
    """Compare every labelled person with the detection that resembles it most.

    Of an image and a category, pairs are made from the highest OKS down, each person and detection
    once. Similarity of a keypoint: exp(-d^2 / (2 area (2 sigma)^2)), COCO's; a keypoint is correct
    if it is closer than ``pck_thr`` times the longer side of the person's box, as in MMPose.

    Args:
        truth (Sequence[dict]): COCO annotations with ``keypoints``, ``bbox``, ``area``; crowds
            and unlabelled people are left out.
        detections (Sequence[dict]): ``image_id`` and ``keypoints`` (x, y, score) flat.
        sigmas (Sequence[float]): (K,), OKS fall-off.
        pck_thr (float): In parts of the box's longer side.
    """
    variances = (2 * np.asarray(sigmas, float)) ** 2
    people, found = defaultdict(list), defaultdict(list)
    for ann in truth:
        if not ann.get('iscrowd') and any(ann['keypoints'][2::3]):
            people[_place(ann)].append(ann)
    for each in detections:
        found[_place(each)].append(each['keypoints'])
    keypoints = len(variances)
    oks, pck, labelled = np.zeros((3, keypoints))
    for place, anns in people.items():
        true = np.array([ann['keypoints'] for ann in anns], float).reshape(-1, keypoints, 3)
        seen = true[..., 2] > 0
        labelled += seen.sum(axis=0)
        guesses = np.array(found[place], float).reshape(-1, keypoints, 3)
        areas = np.array([ann['area'] for ann in anns], float) + np.spacing(1)
        squared = ((true[:, None, :, :2] - guesses[None, :, :, :2]) ** 2).sum(axis=-1)
        similar = np.exp(-squared / (2 * areas[:, None, None] * variances))
        totals = (similar * seen[:, None]).sum(axis=-1) / seen.sum(axis=-1)[:, None]
        reach = pck_thr * np.array([max(ann['bbox'][2:]) for ann in anns])
        for person, guess in pairs(totals):
            oks += similar[person, guess] * seen[person]
            pck += (squared[person, guess] < reach[person] ** 2) & seen[person]
    with np.errstate(invalid='ignore'):
        return KeypointAccuracy(oks / labelled, pck / labelled, labelled.astype(int))


def _place(ann: dict) -> tuple:
    return ann['image_id'], ann.get('category_id', 1)


def pairs(similarity: np.ndarray):
    """Pairs (row, column) of a (P, D) matrix, highest first, each row and column once."""
    rows, columns = set(), set()
    for index in np.argsort(-similarity, axis=None, kind='stable'):
        row, column = divmod(int(index), similarity.shape[1])
        if row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
            yield row, column
