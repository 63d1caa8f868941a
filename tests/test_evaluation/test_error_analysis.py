"""Errors that were made on purpose are found and named."""

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmpose_lrfg.evaluation import error_analysis as ea
from mmpose_lrfg.utils.coco_constants import KEYPOINT_SIGMAS

AREA = 10_000.0
RNG = np.random.default_rng(3)


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
    guess[0, 0] += away(0, 0.9)
    guess[5, 1] -= away(5, 0.6)  # left shoulder
    guess[7, :2] = a[8, :2]  # left elbow at the right one
    guess[10, :2] = b[10, :2]  # right wrist of the other person
    guess[9, :2] = b[10, :2] + (0, 1)  # left wrist at the other person's right one
    guess[15, :2] = (-900, -900)
    found = find(labels(a, b), guess, b)
    expected = np.full(17, ea.GOOD)
    expected[[5, 7, 10, 9, 15]] = ea.JITTER, ea.INVERSION, ea.SWAP, ea.SWAP, ea.MISS
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


def test_unlabelled_keypoints_count_nowhere():
    truth = person(0)
    truth[[4, 8], 2] = 0
    guess = truth.copy()
    guess[4, :2] += 5000
    guess[7, :2] = truth[8, :2]  # its other side has no label: just far away
    found = find(labels(truth), guess)
    assert found.status[0, 4] == ea.UNLABELLED and found.status[0, 7] == ea.MISS
    # 15 labels, 14 of them right.
    assert found.oks[0] == pytest.approx(14 / 15, abs=1e-3)


def test_a_nose_has_no_other_side():
    guess = person(0)
    guess[0, :2] += 4000
    assert find(labels(person(0)), guess).status[0, 0] == ea.MISS


def test_people_who_were_not_found_and_people_who_are_not_there():
    truth = labels(person(0), person(2000), ignored=[(5000, 0, 6000, 1000)])
    found = find(truth, person(0), person(0, 5), person(5100), person(9000))
    assert found.match.tolist() == [0, -1]
    assert (found.status[1] == ea.UNFOUND).all() and found.oks[1] == 0
    # The second on the first person is false; the one in the region without labels is not.
    assert found.false_positive.tolist() == [False, True, False, True]
    assert found.mean_oks == pytest.approx(0.5)


def test_nobody_labelled_or_nobody_found():
    nothing = find(labels(), person(0))
    assert nothing.false_positive.tolist() == [True] and np.isnan(nothing.mean_oks)
    nothing = find(labels(person(0)))
    assert nothing.status.tolist() == [[ea.UNFOUND] * 17] and nothing.false_positive.shape == (0,)
    assert find(labels()).status.shape == (0, 17)


def test_oks_is_that_of_pycocotools():
    anns, results = [], []
    for number in range(1, 5):
        keypoints = np.concatenate(
            [RNG.uniform(0, 300, (17, 2)), RNG.integers(0, 3, (17, 1))], axis=1
        )
        x, y = keypoints[:, :2].min(axis=0)
        box = [x, y, *(keypoints[:, :2].max(axis=0) - (x, y))]
        ann = dict(id=number, image_id=1, category_id=1, iscrowd=0, num_keypoints=1, bbox=box)
        ann.update(area=RNG.uniform(4e3, 1e5), keypoints=keypoints.ravel().tolist())
        anns.append(ann)
        moved = (keypoints + [[*RNG.normal(0, 9, 2), 0]]).ravel().tolist()
        results.append(dict(image_id=1, category_id=1, score=1.0, keypoints=moved))
    coco = COCO()
    coco.dataset = dict(images=[dict(id=1)], annotations=anns, categories=[dict(id=1)])
    coco.createIndex()
    evaluation = COCOeval(coco, coco.loadRes(results), 'keypoints')
    evaluation.evaluate()
    reference = evaluation.ious[1, 1]
    keypoints = np.array([r['keypoints'] for r in results]).reshape(-1, 17, 3)[..., :2]
    found = ea.find_errors(ea.Labels.from_coco(anns), keypoints, np.zeros((4, 4)))
    assert found.match.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(found.oks, np.diag(reference), rtol=1e-9)


def test_labels_from_annotations():
    seen = dict(bbox=[1, 2, 3, 4], area=6.0, keypoints=[1, 1, 2] + [0] * 48)
    unseen = dict(bbox=[9, 9, 1, 1], area=1.0, keypoints=[0] * 51)
    crowd = dict(bbox=[5, 5, 2, 2], area=1.0, keypoints=[1, 1, 2] * 17, iscrowd=1)
    found = ea.Labels.from_coco([seen, unseen, crowd])
    assert found.keypoints.shape == (1, 17, 3) and found.boxes.tolist() == [[1, 2, 4, 6]]
    assert found.ignored.tolist() == [[9, 9, 10, 10], [5, 5, 7, 7]]
    assert ea.Labels.from_coco([]).keypoints.shape == (0, 17, 3)
