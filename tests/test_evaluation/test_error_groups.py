"""Thresholds, groups of people, and their errors counted."""

import labelled_people as people
import numpy as np
import pytest

from mmpose_lrfg.datasets.coco_folder import open_labels
from mmpose_lrfg.evaluation.diagnosis import best_f1, diagnose, labelled_images
from mmpose_lrfg.evaluation.error_groups import count_errors
from mmpose_lrfg.runtime import Poses

SMALL, LARGE = people.person(40, 40, 30), people.person(80, 40, 90)


@pytest.fixture
def images(tmp_path):
    return labelled_images(open_labels(people.write(tmp_path / 'set', [[SMALL, LARGE], [LARGE]])))


def poses(*found):
    keypoints = np.array([k for k, _ in found]).reshape(-1, 17, 3)[..., :2]
    boxes = np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1)
    return Poses(boxes, [score for _, score in found], keypoints, np.ones(keypoints.shape[:2]))


def test_groups_by_size_and_crowding(images):
    found = {1: poses((LARGE, 0.9)), 2: poses((LARGE, 0.9), (LARGE + (60, 0, 0), 0.8))}
    model = diagnose('a', images, found, 0.5)
    report = count_errors(images, model.errors)
    assert (report.all.people, report.all.missed_people, report.false_people) == (3, 1, 1)
    assert (report.all.good, report.all.unfound, report.all.keypoints) == (34, 17, 51)
    assert report.all.shares.tolist() == [2 / 3, 0, 0, 0, 0, 1 / 3]
    small, medium, large = report.groups['size of the person']
    assert (small.people, medium.people, large.people) == (1, 2, 0)
    assert small.missed_people == 1 and small.mean_oks == 0
    assert medium.mean_oks == pytest.approx(1) and large.mean_oks is None
    assert [g.people for g in report.groups['people in the image']] == [1, 2, 0, 0]
    overlap = report.groups["overlap with another person's box"]
    assert overlap[0].people == 1 and sum(g.people for g in overlap) == 3
    assert model.summary(0) == 'OKS 0.50; people: 1 missed'
    assert model.summary(1) == 'OKS 1.00; people: 1 false'


def test_overlap_is_the_largest_iou(images):
    boxes = images[0].labels.boxes
    low, high = np.maximum(boxes[0, :2], boxes[1, :2]), np.minimum(boxes[0, 2:], boxes[1, 2:])
    shared = (high - low).clip(0).prod()
    union = sum((b[2] - b[0]) * (b[3] - b[1]) for b in boxes) - shared
    np.testing.assert_allclose(images[0].overlap, [shared / union] * 2)
    assert images[1].overlap.tolist() == [0] and images[1].alone and not images[0].alone


def test_the_threshold_with_the_best_f1(images):
    far = LARGE + (0, 900, 0)
    found = {1: poses((LARGE, 0.7), (far, 0.65), (SMALL, 0.6), (far, 0.3)),
             2: poses((LARGE, 0.9), (LARGE, 0.2))}  # fmt: skip
    pairs = [(image.labels, found[image.id]) for image in images]
    # With 0.9, 0.7, 0.65, 0.6 three of four are correct, of three people.
    assert best_f1(pairs) == (pytest.approx(0.6), pytest.approx(6 / 7))
    assert diagnose('a', images, found).score_thr == pytest.approx(0.6)
    # Detections of equal score are kept together.
    tied = [(images[1].labels, poses((LARGE, 0.5), (far, 0.5), (far, 0.5)))]
    assert best_f1(tied) == (0.5, pytest.approx(2 / 4))
    assert best_f1([(images[0].labels, poses((far, 0.5)))]) == (0, 0)
    assert best_f1([]) == (0, 0)
