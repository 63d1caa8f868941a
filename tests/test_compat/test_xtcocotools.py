"""Evaluation under xtcocotools' name, against pycocotools and results worked out by hand."""

import copy
import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO as PycocoCOCO
from pycocotools.cocoeval import COCOeval as PycocoCOCOeval
from xtcocotools.coco import COCO
from xtcocotools.cocoeval import COCOeval

from mmpose_lrfg.utils.errors import UserError

SIZES = {'foot_kpts': 6, 'face_kpts': 68, 'lefthand_kpts': 21, 'righthand_kpts': 21}
# Three keypoints of a person in an 80 x 80 box, and the same with nothing labelled.
POSE = [10, 10, 2, 50, 50, 2, 90, 90, 2]
BLANK = [10, 10, 0, 50, 50, 0, 90, 90, 0]
SIGMAS = np.full(3, 0.05)


def person(number=1, image=1, **changes):
    ann = {'id': number, 'image_id': image, 'category_id': 1, 'bbox': [10, 10, 80, 80]}
    return {**ann, 'area': 4000.0, 'iscrowd': 0, 'num_keypoints': 3, 'keypoints': POSE, **changes}


def found(image=1, **changes):
    return {'image_id': image, 'category_id': 1, 'score': 0.5, 'keypoints': POSE, **changes}


def dataset(anns, crowding=(0.05,)):
    images = [
        {'id': i, 'width': 100, 'height': 100, 'crowdIndex': index}
        for i, index in enumerate(crowding, 1)
    ]
    return {'images': images, 'categories': [{'id': 1, 'name': 'p'}], 'annotations': anns}


def evaluate(data, results, kind='keypoints', sigmas=SIGMAS, use_area=True):
    truth = COCO(ann_data=copy.deepcopy(data))
    check = COCOeval(truth, truth.loadRes(copy.deepcopy(results)), kind, sigmas, use_area)
    check.params.useSegm = None
    check.evaluate()
    check.accumulate()
    check.summarize()
    return check


def random_case(seed, boxes=False):
    """Up to four images with crowds, unlabelled people, false alarms and ties in the scores."""
    rng = np.random.default_rng(seed)
    anns, results = [], []
    images = rng.integers(1, 5)
    for image in range(1, images + 1):
        for _ in range(rng.integers(0, 5)):
            x, y, w, h = rng.uniform(5, 250, 4)
            seen = rng.integers(0, 3, 17) * (rng.random() > 0.2)
            spots = rng.uniform([x, y], [x + w, y + h], (17, 2))
            ann = person(
                len(anns) + 1, image, bbox=[x, y, w, h], num_keypoints=int((seen > 0).sum())
            )
            ann['keypoints'] = np.c_[spots, seen].ravel().tolist()
            ann['iscrowd'], ann['area'] = int(rng.random() < 0.15), float(w * h * 0.6)
            anns.append(ann)
            if rng.random() < 0.8:
                near = spots + rng.normal(0, rng.choice([1, 5, 20]), (17, 2))
                result = found(image, keypoints=np.c_[near, rng.random(17)].ravel().tolist())
                results.append({**result, 'score': float(rng.integers(0, 5)) / 4})
        for _ in range(rng.integers(0, 3)):
            stray = np.c_[rng.uniform(0, 300, (17, 2)), rng.random(17)]
            results.append(found(image, keypoints=stray.ravel().tolist()))
    if boxes or seed % 2:  # one-stage models deliver boxes too
        for result in results:
            result['bbox'] = rng.uniform(1, 100, 4).tolist()
    return dataset(anns, [0.0] * images), results


def by_pycocotools(data, results, kind):
    truth = PycocoCOCO()
    truth.dataset = copy.deepcopy(data)
    truth.createIndex()
    expected = PycocoCOCOeval(truth, truth.loadRes(copy.deepcopy(results)), kind)
    expected.evaluate()
    expected.accumulate()
    expected.summarize()
    return expected


@settings(deadline=None, max_examples=25, derandomize=True)
@given(seed=st.integers(0, 10**6), kind=st.sampled_from(['keypoints', 'bbox']))
@example(seed=1, kind='bbox')
def test_results_agree_with_pycocotools_to_the_last_bit(seed, kind):
    data, results = random_case(seed, kind == 'bbox')
    found = evaluate(data, results, kind, sigmas=None)
    if not results:
        assert set(found.stats) <= {-1.0, 0.0}
        return
    expected = by_pycocotools(data, results, kind)
    assert np.array_equal(found.stats, expected.stats)
    for key in ('precision', 'recall', 'scores'):
        assert np.array_equal(found.eval[key], expected.eval[key])


def test_no_detections(tmp_path):
    (tmp_path / 'none.json').write_text('[]')
    (tmp_path / 'truth.json').write_text(json.dumps(dataset([person()])))
    truth = COCO(str(tmp_path / 'truth.json'))
    for nothing in ([], str(tmp_path / 'none.json')):
        results = truth.loadRes(nothing)
        assert isinstance(results, COCO) and results.getImgIds() == [1] and not results.anns
    assert evaluate(dataset([person()]), []).stats.tolist() == [0, 0, 0, 0, -1, 0, 0, 0, 0, -1]
    crowds = evaluate(dataset([person()]), [], 'keypoints_crowd').stats.tolist()
    assert crowds == [0, 0, 0, 0, 0, 0, 0, -1, -1]


def test_sigmas_and_area_enter_oks():
    moved = found(keypoints=[13, 14, 1, 50, 50, 1, 90, 90, 1])  # one keypoint off by 5 pixels
    for sigmas, use_area, area in (
        ([0.05] * 3, True, 4000),
        ([0.1, 0.02, 0.02], True, 4000),
        ([0.05] * 3, False, 0.53 * 6400),
    ):
        check = evaluate(dataset([person()]), [moved], sigmas=sigmas, use_area=use_area)
        oks = (np.exp(-(5**2) / (2 * sigmas[0]) ** 2 / area / 2) + 2) / 3
        assert check.ious[1, 1].item() == pytest.approx(oks, abs=1e-12)


def test_without_areas():
    no_area = person()
    del no_area['area']
    # 0.53 of the box makes the person one of medium size, hence the fourth number.
    stats = evaluate(dataset([no_area]), [found()], use_area=False).stats
    assert stats[:5].round(6).tolist() == [1, 1, 1, 1, -1]
    with pytest.raises(UserError, match=r"no 'area'.*use_area=False"):
        evaluate(dataset([no_area]), [found()])


def test_annotations_stay_as_they_were():
    truth = COCO(ann_data=dataset([person(area=1.0)]))
    before = copy.deepcopy(truth.dataset)
    COCOeval(truth, truth.loadRes([found()]), 'keypoints', SIGMAS, use_area=False).evaluate()
    assert truth.dataset == before


def test_visible_keypoints_are_counted_if_the_annotation_does_not():
    uncounted = person()
    del uncounted['num_keypoints']
    assert evaluate(dataset([uncounted]), [found()]).stats[0] == pytest.approx(1)
    assert evaluate(dataset([person(keypoints=BLANK)]), [found()]).stats[0] == -1


@pytest.mark.parametrize('kind', ['keypoints', 'keypoints_body', 'keypoints_crowd'])
def test_a_detection_without_a_positive_keypoint_score_is_left_out(kind):
    data = dataset([person()])
    for scores in (0, -1, float('nan')):
        pose = np.array(POSE, float)
        pose[2::3] = scores
        blank = found(score=0.9, keypoints=pose.tolist())
        assert evaluate(data, [blank, found()], kind).stats[0] == pytest.approx(1)
        assert evaluate(data, [blank], kind).stats[0] == 0
        pose[2] = 0.1  # one positive score: a detection, here a false alarm
        wrong = {**blank, 'keypoints': (pose + [900, 900, 0] * 3).tolist()}
        assert evaluate(data, [wrong, found()], kind).stats[0] < 0.6


def test_missing_iscrowd_is_filled_in(tmp_path):
    data = dataset([person(1), person(2, iscrowd=1)])
    del data['annotations'][0]['iscrowd']
    (tmp_path / 'truth.json').write_text(json.dumps(data))
    for truth in (COCO(str(tmp_path / 'truth.json')), COCO(ann_data=data)):
        assert truth.anns[1]['iscrowd'] is False
        assert truth.getAnnIds(iscrowd=False) == [1] and truth.getAnnIds(iscrowd=True) == [2]


def whole_body(pose_of=POSE):
    return dict.fromkeys(SIZES, pose_of)


@pytest.mark.parametrize('part', ['foot', 'face', 'lefthand', 'righthand'])
def test_a_part_of_the_body_is_judged_by_itself(part):
    field = f'{part}_kpts'
    data = dataset([person(keypoints=BLANK, **whole_body())])
    right = found(**{**whole_body(BLANK), field: POSE})
    kind = f'keypoints_{part}'
    assert evaluate(data, [right], kind).stats[0] == pytest.approx(1)
    far = found(**{**whole_body(), field: [900, 900, 1] * 3})
    assert evaluate(data, [far], kind).stats[0] == 0
    # A part without a single confident keypoint is no detection, not a false alarm.
    blank = {**right, field: BLANK, 'score': 0.9}
    assert evaluate(data, [blank, right], kind).stats[0] == pytest.approx(1)
    # A part that is not labelled is not missed.
    unlabelled = dataset([person(**{**whole_body(), field: BLANK})])
    assert evaluate(unlabelled, [right], kind).stats[0] == -1


def test_whole_body_joins_the_parts_in_order():
    rng = np.random.default_rng(0)
    fields = {'keypoints': 17, **SIZES}
    poses = {k: np.c_[rng.uniform(0, 90, (n, 2)), np.full(n, 2)] for k, n in fields.items()}
    flat = {k: pose.ravel().tolist() for k, pose in poses.items()}
    sigmas = rng.uniform(0.02, 0.1, 133)
    check = evaluate(dataset([person(**flat)]), [found(**flat)], 'keypoints_wholebody', sigmas)
    assert check.stats[0] == pytest.approx(1)
    moved = copy.deepcopy(flat)
    moved['foot_kpts'][0] += 7.0  # the 18th keypoint, after the body's
    check = evaluate(dataset([person(**flat)]), [found(**moved)], 'keypoints_wholebody', sigmas)
    oks = (np.exp(-(7**2) / (2 * sigmas[17]) ** 2 / 4000 / 2) + 132) / 133
    assert check.ious[1, 1].item() == pytest.approx(oks, abs=1e-12)


def test_a_part_may_have_its_own_score():
    data = dataset([person(**whole_body())])
    wrong = found(score=0.1, face_score=0.9, **{**whole_body(), 'face_kpts': [900, 900, 1] * 3})
    right = found(score=0.9, face_score=0.1, **whole_body())
    assert evaluate(data, [wrong, right], 'keypoints_face').stats[0] == pytest.approx(0.5)
    for result in (wrong, right):
        del result['face_score']
    assert evaluate(data, [wrong, right], 'keypoints_face').stats[0] == pytest.approx(1)


@pytest.mark.parametrize(
    ('index', 'level'),
    [(0.0, 0), (0.1, 0), (0.19, 0), (0.2, 1), (0.79, 1), (0.8, 2), (1.0, 2)],
)
def test_crowds_are_summed_up_by_level(index, level):
    crowding = (0.05, 0.5, 0.9, index)
    data = dataset([person(i, i) for i in (1, 2, 3, 4)], crowding)
    stats = evaluate(data, [found(4)], 'keypoints_crowd').stats
    # One of four people is found; of its level, one of two, at a precision of 1.
    assert stats[3:6].tolist() == [0.25] * 3 and stats[0] == pytest.approx(26 / 101)
    assert stats[6:].tolist() == pytest.approx([51 / 101 if i == level else 0 for i in range(3)])


def test_crowds_need_counts_and_indices():
    for part, key in (('images', 'crowdIndex'), ('annotations', 'num_keypoints')):
        data = dataset([person()])
        del data[part][0][key]
        with pytest.raises(UserError, match=f"no '{key}'"):
            evaluate(data, [found()], 'keypoints_crowd')
