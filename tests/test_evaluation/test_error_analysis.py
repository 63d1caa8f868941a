"""Errors of known kinds are classified."""

import numpy as np
import pytest
from invented_people import invent
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmpose_lrfg.evaluation import error_analysis as ea
from mmpose_lrfg.utils.coco_constants import KEYPOINT_SIGMAS

AREA = 10_000.0


def person(x, y=0.0):
    """(17, 3): keypoints far enough from each other that none is taken for another."""
    points = np.stack([np.arange(17) * 90.0 % 700, np.arange(17) * 60.0], axis=1)
    return np.concatenate([points + (x, y), np.full((17, 1), 2)], axis=1)


def labels(*people, ignored=()):
    keypoints = np.array(people).reshape(-1, 17, 3)
    low, high = keypoints[..., :2].min(axis=1), keypoints[..., :2].max(axis=1)
    return ea.Labels(
        keypoints,
        np.full(len(people), AREA),
        np.concatenate([low, high], axis=1),
        np.array(ignored, float).reshape(-1, 4),
    )


def find(truth, *found):
    keypoints = np.array(found).reshape(-1, 17, 3)[..., :2]
    low, high = keypoints.min(axis=1), keypoints.max(axis=1)
    return ea.find_errors(truth, keypoints, np.concatenate([low, high], axis=1))


def away(k, ks):
    """Pixels at which keypoint ``k`` has this similarity."""
    return np.sqrt(-2 * AREA * (2 * KEYPOINT_SIGMAS[k]) ** 2 * np.log(ks))


def test_every_kind_of_error_on_one_person():
    a, b = person(0), person(2000)
    guess = a.copy()
    guess[1, 0] += away(1, 0.9)
    guess[5, 1] -= away(5, 0.6)  # left shoulder
    guess[7, :2] = a[8, :2]  # left elbow at the right one
    guess[10, :2] = b[10, :2]  # right wrist of the other person
    guess[9, :2] = b[10, :2] + (0, 1)  # left wrist at the other person's right one
    guess[[0, 15], :2] = (-900, -900)  # a nose has no other side
    found = find(labels(a, b), guess, b)
    expected = np.full(17, ea.GOOD)
    expected[[5, 7, 10, 9]] = ea.JITTER, ea.INVERSION, ea.SWAP, ea.SWAP
    expected[[0, 15]] = ea.MISS
    assert found.status[0].tolist() == expected.tolist()
    assert (found.status[1] == ea.GOOD).all()
    assert found.match.tolist() == [0, 1] and not found.false_positive.any()


@pytest.mark.parametrize(
    ('ks', 'status'),
    [(0.86, ea.GOOD), (0.84, ea.JITTER), (0.51, ea.JITTER), (0.49, ea.MISS)],
)
def test_the_limits_are_those_of_the_paper(ks, status):
    guess = person(0)
    guess[3, 1] += away(3, ks)
    assert find(labels(person(0)), guess).status[0, 3] == status


def test_keypoints_without_annotation_are_ignored():
    truth = person(0)
    truth[[4, 8], 2] = 0
    guess = truth.copy()
    guess[4, :2] += 5000
    guess[7, :2] = truth[8, :2]  # its other side has no label: just far away
    found = find(labels(truth), guess)
    assert found.status[0, 4] == ea.UNLABELLED and found.status[0, 7] == ea.MISS
    # 15 labels, 14 of them right.
    assert found.oks[0] == pytest.approx(14 / 15, abs=1e-3)


def test_false_negatives_and_false_positives():
    truth = labels(person(0), person(2000), ignored=[(5000, 0, 6000, 1000)])
    found = find(truth, person(0), person(0, 5), person(5100), person(9000))
    assert found.match.tolist() == [0, -1]
    assert (found.status[1] == ea.UNFOUND).all() and found.oks[1] == 0
    # The second on the first person is false; the one in the region without labels is not.
    assert found.false_positive.tolist() == [False, True, False, True]
    assert found.mean_oks == pytest.approx(0.5)


def test_images_without_people_or_detections():
    empty = find(labels(), person(0))
    assert empty.false_positive.tolist() == [True] and np.isnan(empty.mean_oks)
    empty = find(labels(person(0)))
    assert empty.status.tolist() == [[ea.UNFOUND] * 17] and empty.false_positive.shape == (0,)
    assert find(labels()).status.shape == (0, 17)


def test_oks_is_that_of_pycocotools():
    truth, found = invent(4, images=1)
    anns = [a for a in truth['annotations'] if not a['iscrowd'] and a['num_keypoints']]
    coco = COCO()
    coco.dataset = {**truth, 'annotations': anns}
    coco.createIndex()
    evaluation = COCOeval(coco, coco.loadRes(found), 'keypoints')
    evaluation.evaluate()
    best_first = sorted(found, key=lambda each: -each['score'])
    keypoints = np.array([each['keypoints'] for each in best_first]).reshape(-1, 17, 3)[..., :2]
    people = ea.Labels.from_coco(anns)
    oks = ea.mean_similarity(people, ea.similarities(people, keypoints))
    assert oks.shape[0] > 1 and oks.max() > 0.5
    np.testing.assert_allclose(oks.T, evaluation.ious[1, 1], rtol=1e-9)


def test_labels_from_annotations():
    seen = dict(bbox=[1, 2, 3, 4], area=6.0, keypoints=[1, 1, 2] + [0] * 48)
    unseen = dict(bbox=[9, 9, 1, 1], area=1.0, keypoints=[0] * 51)
    crowd = dict(bbox=[5, 5, 2, 2], area=1.0, keypoints=[1, 1, 2] * 17, iscrowd=1)
    found = ea.Labels.from_coco([seen, unseen, crowd])
    assert found.keypoints.shape == (1, 17, 3) and found.boxes.tolist() == [[1, 2, 4, 6]]
    assert found.ignored.tolist() == [[9, 9, 10, 10], [5, 5, 7, 7]]
    assert ea.Labels.from_coco([]).keypoints.shape == (0, 17, 3)
