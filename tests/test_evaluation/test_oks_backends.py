"""Every backend gives pycocotools' numbers, on invented people with all that is awkward."""

import importlib.util

import numpy as np
import pytest
from invented_people import SIGMAS, invent
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmpose_lrfg.evaluation import oks_backends
from mmpose_lrfg.evaluation.oks_backends import BACKENDS, choose_backend, evaluate, evaluate_oks
from mmpose_lrfg.utils.errors import UserError

INSTALLED = [name for name in BACKENDS if importlib.util.find_spec(name)]
every_backend = pytest.mark.parametrize('backend', INSTALLED)


def reference(truth, found, iou_type, sigmas=None):
    """pycocotools itself, by its own reader of results."""
    coco = COCO()
    coco.dataset = {**truth, 'annotations': [dict(ann) for ann in truth['annotations']]}
    coco.createIndex()
    evaluation = COCOeval(coco, coco.loadRes([dict(each) for each in found]), iou_type)
    evaluation.params.kpt_oks_sigmas = np.asarray(sigmas)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert 0 < evaluation.stats[0] < 1
    return evaluation


@every_backend
@pytest.mark.parametrize('seed', range(8))
def test_keypoints_equal_pycocotools(backend, seed, recwarn):
    keypoints = 17 if seed % 4 else 5
    truth, found = invent(seed, keypoints=keypoints, boxes=seed % 2 == 0)
    expected = reference(truth, found, 'keypoints', SIGMAS[:keypoints])
    result = evaluate_oks(truth, found, SIGMAS[:keypoints], backend)
    np.testing.assert_allclose(result.stats, expected.stats, rtol=0, atol=1e-9)
    expected = expected.eval['precision'][:, :, :, 0, 0]
    np.testing.assert_allclose(result.precision, expected, rtol=0, atol=1e-9)
    assert not [w for w in recwarn if 'sigmas' in str(w.message)]


@every_backend
def test_boxes_equal_pycocotools(backend):
    truth, found = invent(3)
    boxes = [{k: v for k, v in each.items() if k != 'keypoints'} for each in found]
    expected = reference(truth, boxes, 'bbox').stats
    np.testing.assert_allclose(evaluate(truth, found, 'bbox', backend).stats, expected, atol=1e-9)


@every_backend
def test_without_detections_or_annotations(backend):
    truth, found = invent(1)
    assert evaluate_oks(truth, [], SIGMAS, backend).stats.tolist() == [0] * 10
    empty = evaluate_oks({**truth, 'annotations': []}, found, SIGMAS, backend)
    assert empty.stats.tolist() == [-1] * 10 and (empty.precision == -1).all()


@every_backend
def test_detections_without_a_positive_keypoint_score_are_discarded(backend):
    truth, found = invent(1)
    blank = [dict(each, score=1.0, keypoints=list(each['keypoints'])) for each in found[:20]]
    for n, each in enumerate(blank):
        each['keypoints'][2::3] = [-(n % 2)] * 17
    expected = evaluate_oks(truth, found, SIGMAS, backend).stats
    assert (evaluate_oks(truth, blank + found, SIGMAS, backend).stats == expected).all()


@pytest.mark.parametrize('key', ['area', 'keypoints'])
def test_incomplete_annotations_are_named(key):
    truth, found = invent(3)
    del truth['annotations'][2][key]
    with pytest.raises(UserError, match=f"annotation 3 .* has no '{key}'"):
        evaluate_oks(truth, found, SIGMAS)


def test_the_backend_is_chosen(monkeypatch):
    assert choose_backend() == INSTALLED[0]
    with pytest.raises(UserError, match='Did you mean hotcoco'):
        choose_backend('hotkoko')
    monkeypatch.setattr(
        oks_backends.importlib.util, 'find_spec', lambda name: name == 'pycocotools'
    )
    assert choose_backend() == 'pycocotools'
    with pytest.raises(UserError, match='pip install hotcoco'):
        choose_backend('hotcoco')
