"""The fast metric beside MMPose's own, on the same predictions."""

import json

import numpy as np
import pytest
from invented_people import SIGMAS, invent
from mmengine.registry import DefaultScope
from mmpose.evaluation import CocoMetric
from mmpose.registry import METRICS

from mmpose_lrfg.evaluation.fast_coco_metric import FastCocoMetric
from mmpose_lrfg.evaluation.keypoint_accuracy import keypoint_accuracy
from mmpose_lrfg.evaluation.oks_backends import evaluate

META = dict(
    dataset_name='coco',
    num_keypoints=17,
    sigmas=SIGMAS,
    keypoint_id2name={i: f'part{i}' for i in range(17)},
)


@pytest.fixture(autouse=True)
def _scope():
    """Other tests may leave another one behind."""
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


@pytest.fixture
def people(tmp_path):
    truth, found = invent(2)
    path = tmp_path / 'people.json'
    path.write_text(json.dumps(truth))
    return str(path), truth, found


def metrics_of(metric, truth, found):
    """Evaluate detections in the form in which an estimator returns them."""
    metric.dataset_meta = dict(META)
    for image in truth['images']:
        here = [each for each in found if each['image_id'] == image['id']]
        points = np.array([each['keypoints'] for each in here], np.float32).reshape(-1, 17, 3)
        boxes = np.array([each['bbox'] for each in here], np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        predictions = dict(
            keypoints=points[..., :2],
            keypoint_scores=points[..., 2],
            bboxes=boxes,
            bbox_scores=np.array([each['score'] for each in here], np.float32),
        )
        sample = dict(id=[], img_id=image['id'], gt_instances={}, pred_instances=predictions)
        metric.process({}, [sample])
    return metric.evaluate(len(truth['images']))


@pytest.mark.parametrize('mode', ['bbox', 'bbox_keypoint', 'bbox_rle'])
@pytest.mark.parametrize('use_area', [True, False])
def test_equals_mmpose(people, mode, use_area):
    path, truth, found = people
    settings = dict(ann_file=path, score_mode=mode, nms_mode='none', use_area=use_area)
    expected = metrics_of(CocoMetric(**settings), truth, found)
    result = metrics_of(METRICS.build(dict(type='FastCocoMetric', **settings)), truth, found)
    more = {'coco/OKS', 'coco/PCK', 'coco/best F1', 'coco/recommended_score_thr'}
    assert set(result) == set(expected) | more
    for name, value in expected.items():
        assert result[name] == pytest.approx(value, abs=1e-9), name
    assert 0 < result['coco/PCK'] < 1 and 0 < result['coco/OKS'] < 1


def test_curves_and_keypoints_are_kept(people, tmp_path):
    path, truth, found = people
    prefix = str(tmp_path / 'out')
    metric = FastCocoMetric(
        path, score_mode='bbox', nms_mode='none', outfile_prefix=prefix, per_keypoint=True
    )
    result = metrics_of(metric, truth, found)
    kept = metric.result.precision
    assert result['coco/AP'] == pytest.approx(kept[kept > -1].mean())
    assert result['coco/best F1'] == metric.result.f1.best[1] > 0
    assert len(json.loads((tmp_path / 'out.keypoints.json').read_text())) == len(found)
    assert sum(name.startswith('coco/PCK part') for name in result) == 17
    accuracy = metric.accuracy
    assert result['coco/OKS part3'] == accuracy.oks[3]
    weighted = (accuracy.oks * accuracy.labelled).sum() / accuracy.labelled.sum()
    assert result['coco/OKS'] == pytest.approx(weighted)


def test_other_types_are_evaluated_by_mmpose(people):
    path, truth, found = people
    settings = dict(ann_file=path, score_mode='bbox', nms_mode='none', iou_type='keypoints_body')
    expected = metrics_of(CocoMetric(**settings), truth, found)
    assert metrics_of(FastCocoMetric(**settings), truth, found) == expected


def test_boxes_of_a_detector(people):
    path, truth, found = people
    metric = FastCocoMetric(ann_file=path, score_mode='bbox', nms_mode='none', iou_type='bbox')
    metrics = metrics_of(metric, truth, found)
    stats = evaluate(truth, found, 'bbox').stats
    assert metrics['coco/AP'] == pytest.approx(stats[0], abs=1e-6)
    assert metrics['coco/AR (S)'] == pytest.approx(stats[9], abs=1e-6)


def person(image, points, visible, **kwargs):
    keypoints = np.column_stack([points, visible]).ravel().tolist()
    return dict(image_id=image, keypoints=keypoints, bbox=[0, 0, 100, 50], area=100.0, **kwargs)


def test_accuracy_by_keypoint():
    points = np.array([[10.0, 10], [20, 20], [30, 30]])
    truth = [
        person(1, points, [2, 2, 0]),
        person(1, points + 50, [1, 0, 0]),  # a false negative
        person(2, points, [2, 2, 2], iscrowd=1),
        person(2, points, [0, 0, 0]),
    ]
    exact = person(1, points, [1, 1, 1])
    near = person(1, points + [[3, 4], [0, 0], [0, 0]], [1, 1, 1])
    sigmas = [0.1, 0.1, 0.1]
    result = keypoint_accuracy(truth, [near], sigmas, pck_thr=0.051)
    assert result.labelled.tolist() == [2, 1, 0]
    # 5 pixels away: exp(-25 / (2 * 100 * 0.2^2)), half of the two annotated ones.
    np.testing.assert_allclose(result.oks, [np.exp(-25 / 8) / 2, 1, np.nan])
    np.testing.assert_allclose(result.pck, [0.5, 1, np.nan])
    assert keypoint_accuracy(truth, [near], sigmas, pck_thr=0.049).pck[0] == 0
    # The better of two detections is the first person's; the other is left to the second.
    both = keypoint_accuracy(truth, [near, exact], sigmas, 0.05)
    assert both.oks[0] == pytest.approx(0.5) and both.mean(both.pck) == pytest.approx(2 / 3)
    empty = keypoint_accuracy([], [near], sigmas)
    assert empty.mean(empty.oks) == 0
