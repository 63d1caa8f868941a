"""Errors of a model on a data set, and its score threshold."""

import labelled_people as people
import numpy as np
import pytest

from mmpose_lrfg.benchmark.data import open_labels
from mmpose_lrfg.evaluation.diagnosis import best_score_thr, diagnose, labelled_images
from mmpose_lrfg.runtime import Poses

SMALL, LARGE = people.person(40, 40, 30), people.person(80, 40, 90)


@pytest.fixture
def images(tmp_path):
    return labelled_images(open_labels(people.write(tmp_path / 'set', [[SMALL, LARGE], [LARGE]])))


def poses(*found):
    keypoints = np.array([k for k, _ in found]).reshape(-1, 17, 3)[..., :2]
    boxes = np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1)
    return Poses(boxes, [score for _, score in found], keypoints, np.ones(keypoints.shape[:2]))


def test_errors_are_counted(images):
    found = {1: poses((LARGE, 0.9)), 2: poses((LARGE, 0.9), (LARGE + (60, 0, 0), 0.8))}
    model = diagnose('a', images, found, 0.5)
    shares = model.shares()
    assert (shares['people'], shares['missed_people'], shares['false_people']) == (3, 1, 1)
    assert (shares['good'], shares['unfound'], shares['miss']) == (2 / 3, 1 / 3, 0)
    assert shares['mean_oks'] == pytest.approx(2 / 3)
    assert model.summary(0) == 'OKS 0.50; people: 1 missed'
    assert model.summary(1) == 'OKS 1.00; people: 1 false'


def test_the_threshold_with_the_best_f1(images):
    far = LARGE + (0, 900, 0)
    found = {1: poses((LARGE, 0.7), (far, 0.65), (SMALL, 0.6), (far, 0.3)),
             2: poses((LARGE, 0.9), (LARGE, 0.2))}  # fmt: skip
    # With 0.9, 0.7, 0.65, 0.6 three of four are correct, of three people.
    assert diagnose('a', images, found).score_thr == pytest.approx(0.6, abs=1e-3)
    assert best_score_thr([(images[0].labels, poses((far, 0.5)))]) == 0
    assert best_score_thr([]) == 0
