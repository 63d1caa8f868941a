"""OKS and PCK of each keypoint."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmpose_lrfg.evaluation.error_analysis import Labels, mean_similarity, pairs, similarities


@dataclass
class KeypointAccuracy:
    """Means over the annotated keypoints of all people; a false negative counts as 0."""

    oks: np.ndarray  # (K,) mean similarity, 0 to 1; NaN where no keypoint is annotated
    pck: np.ndarray  # (K,) share closer than the threshold
    labelled: np.ndarray  # (K,) number of annotated keypoints

    def mean(self, values: np.ndarray) -> float:
        """Return the mean of ``oks`` or ``pck`` over all annotated keypoints; 0 without any."""
        total = self.labelled.sum()
        return float(np.nansum(values * self.labelled) / total) if total else 0.0


def keypoint_accuracy(
    truth: Sequence[dict],
    detections: Sequence[dict],
    sigmas: Sequence[float],
    pck_thr: float = 0.05,
) -> KeypointAccuracy:
    """Measure the accuracy of each keypoint.

    Within an image and a category, pairs are made from the highest OKS down. A keypoint's
    similarity is that of OKS; it is correct if it is closer than ``pck_thr`` times the longer side
    of the person's box, as in MMPose.

    Args:
        truth (Sequence[dict]): COCO annotations with ``keypoints``, ``bbox``, ``area``; crowds
            and people without annotated keypoints are ignored.
        detections (Sequence[dict]): ``image_id`` and ``keypoints`` (x, y, score) flat.
        sigmas (Sequence[float]): (K,), OKS fall-off.
        pck_thr (float): Threshold in parts of the box's longer side.
    """
    people, found = defaultdict(list), defaultdict(list)
    for anns, groups in ((truth, people), (detections, found)):
        for ann in anns:
            groups[ann['image_id'], ann.get('category_id', 1)].append(ann)
    count = len(sigmas)
    oks, pck, labelled = np.zeros((3, count))
    for key, anns in people.items():
        labels = Labels.from_coco(anns, count)
        guesses = np.array([ann['keypoints'] for ann in found[key]], float)
        guesses = guesses.reshape(-1, count, 3)[..., :2]
        own = similarities(labels, guesses, sigmas=sigmas)
        labelled += labels.annotated.sum(axis=0)
        reach = pck_thr * (labels.boxes[:, 2:] - labels.boxes[:, :2]).max(axis=1, initial=0)
        for person, guess in pairs(mean_similarity(labels, own)):
            distances = np.linalg.norm(labels.keypoints[person, :, :2] - guesses[guess], axis=-1)
            oks += own[person, guess]
            pck += (distances < reach[person]) & labels.annotated[person]
    with np.errstate(invalid='ignore'):
        return KeypointAccuracy(oks / labelled, pck / labelled, labelled.astype(int))
