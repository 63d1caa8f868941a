"""F1 over the score threshold, from detections that are matched with people."""

from typing import NamedTuple

import numpy as np

F1_OKS = 0.5
"""OKS from which on a detection is correct: people are found, if not exactly located."""
STEP = 0.001
"""Thresholds are multiples of it."""


class F1Curve(NamedTuple):
    """F1 of detections with a score >= a threshold."""

    score_thrs: np.ndarray  # (S,) thresholds, falling
    f1: np.ndarray  # (S,)

    @property
    def best(self) -> tuple[float, float]:
        """The highest of the thresholds with the best F1, and that F1; (0, 0) if all are 0."""
        if not self.f1.any():
            return 0.0, 0.0
        index = int(self.f1.argmax())
        return float(self.score_thrs[index]), float(self.f1[index])


def f1_curve(scores: np.ndarray, correct: np.ndarray, people: int) -> F1Curve:
    """Compute F1 at every threshold: 2 correct / (detections + people).

    Args:
        scores (ndarray): (D,) of the detections of all images.
        correct (ndarray): (D,) bool, whether each one is matched with a person.
        people (int): Number of annotated people.
    """
    steps = np.floor(np.asarray(scores, float) / STEP).astype(int)
    order = np.argsort(-steps, kind='stable')
    steps, found = steps[order], np.cumsum(np.asarray(correct, bool)[order])
    last = np.flatnonzero(np.diff(steps, append=-1))  # of each group of equal scores
    return F1Curve(STEP * steps[last], 2 * found[last] / (last + 1 + people))


def f1_of_evaluation(evaluation) -> F1Curve:
    """Return the curve at :data:`F1_OKS` from the matches of a ``COCOeval``, of all classes."""
    params = evaluation.params
    threshold = int(np.argmin(np.abs(np.asarray(params.iouThrs) - F1_OKS)))
    everything = list(params.areaRng[0])
    scores, correct, people = [], [], 0
    for each in evaluation.evalImgs:
        if each is None or list(each['aRng']) != everything:
            continue
        counted = ~np.asarray(each['dtIgnore'][threshold], bool)
        scores.append(np.asarray(each['dtScores'], float)[counted])
        correct.append(np.asarray(each['dtMatches'][threshold], bool)[counted])
        people += int(np.sum(~np.asarray(each['gtIgnore'], bool)))
    empty = np.zeros(0)
    return f1_curve(np.concatenate([empty, *scores]), np.concatenate([empty, *correct]), people)
