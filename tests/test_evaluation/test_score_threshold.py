"""F1 over the score threshold."""

from collections import Counter

import numpy as np
import pytest
from invented_people import SIGMAS, invent

from mmpose_lrfg.evaluation.oks_backends import BACKENDS, evaluate_oks
from mmpose_lrfg.evaluation.score_threshold import f1_curve


def test_f1_of_a_hand_made_example():
    # Three people. At 0.9: 1 of 1 correct; at 0.7: 2 of 2; at 0.65: 2 of 3; at 0.6: 3 of 4.
    scores, correct = np.array([0.6, 0.9, 0.65, 0.7]), np.array([1, 1, 0, 1], bool)
    curve = f1_curve(scores, correct, people=3)
    np.testing.assert_allclose(curve.score_thrs, [0.9, 0.7, 0.65, 0.6], atol=1e-3)
    np.testing.assert_allclose(curve.f1, [2 / 4, 4 / 5, 4 / 6, 6 / 7])
    assert curve.best == (pytest.approx(0.6, abs=1e-3), pytest.approx(6 / 7))
    # The threshold keeps the detection that it was taken from.
    assert curve.best[0] <= 0.6


def test_detections_of_equal_score_are_kept_together():
    curve = f1_curve(np.full(3, 0.5), np.array([True, False, False]), people=1)
    assert curve.score_thrs.tolist() == [0.5] and curve.f1.tolist() == [2 / 4]


@pytest.mark.parametrize('people', [0, 2])
def test_without_correct_detections_nothing_is_recommended(people):
    assert f1_curve(np.array([0.3]), np.array([False]), people).best == (0, 0)
    assert f1_curve(np.zeros(0), np.zeros(0, bool), people).best == (0, 0)


@pytest.mark.parametrize('backend', BACKENDS)
def test_the_matches_are_those_of_ap(backend):
    """With the other detections left out, COCO's recall at OKS 0.5 gives the same F1."""
    pytest.importorskip(backend)
    truth, found = invent(2)
    for ann in truth['annotations']:  # nobody is ignored
        ann.update(iscrowd=0, keypoints=[v or 1 for v in ann['keypoints']])
    curve = evaluate_oks(truth, found, SIGMAS, backend).f1
    people = len(truth['annotations'])
    for score_thr in (0.1, 0.4, 0.7, 0.9):  # of the invented scores
        kept = [each for each in found if each['score'] >= score_thr]
        images = Counter(each['image_id'] for each in kept)
        counted = sum(min(count, 20) for count in images.values())  # COCO's limit
        correct = evaluate_oks(truth, kept, SIGMAS, backend).stats[6] * people  # AR .5
        index = int(np.argmin(abs(curve.score_thrs - score_thr)))
        assert curve.f1[index] == pytest.approx(2 * correct / (counted + people))
