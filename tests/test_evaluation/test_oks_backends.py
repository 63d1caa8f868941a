"""Every backend gives pycocotools' numbers, on invented people with all that is awkward."""

import copy
import importlib.util

import numpy as np
import pytest
from invented_people import SIGMAS, invent
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmpose_lrfg.evaluation import oks_backends
from mmpose_lrfg.evaluation.oks_backends import (
    BACKENDS,
    choose_backend,
    evaluate_boxes,
    evaluate_oks,
)
from mmpose_lrfg.utils.errors import UserError

INSTALLED = [name for name in BACKENDS if importlib.util.find_spec(name)]


def reference(truth, found, sigmas):
    """pycocotools itself, by its own way of reading results."""
    coco = COCO()
    coco.dataset = {**truth, 'annotations': [dict(ann) for ann in truth['annotations']]}
    coco.createIndex()
    evaluation = COCOeval(coco, coco.loadRes([dict(each) for each in found]), 'keypoints')
    evaluation.params.kpt_oks_sigmas = np.asarray(sigmas)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return evaluation


@pytest.mark.parametrize('backend', INSTALLED)
@pytest.mark.parametrize('seed', range(8))
def test_equals_pycocotools(backend, seed):
    keypoints = 17 if seed % 4 else 5
    truth, found = invent(seed, keypoints=keypoints, boxes=seed % 2 == 0)
    expected = reference(truth, found, SIGMAS[:keypoints])
    result = evaluate_oks(truth, found, SIGMAS[:keypoints], backend)
    assert 0 < expected.stats[0] < 1
    np.testing.assert_allclose(result.stats, expected.stats, rtol=0, atol=1e-9)
    for name in ('precision', 'recall', 'scores'):
        ours, theirs = getattr(result, name), expected.eval[name][..., 0]
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(result.thresholds, expected.params.iouThrs)
    np.testing.assert_allclose(result.recalls, expected.params.recThrs)


@pytest.mark.parametrize('backend', INSTALLED)
def test_nothing_found_and_nothing_to_find(backend):
    truth, found = invent(1)
    assert evaluate_oks(truth, [], SIGMAS, backend).stats.tolist() == [0] * 10
    nobody = evaluate_oks({**truth, 'annotations': []}, found, SIGMAS, backend)
    assert nobody.stats.tolist() == [-1] * 10
    assert (nobody.precision == -1).all()


@pytest.mark.parametrize('backend', INSTALLED)
def test_detections_without_a_positive_keypoint_score_are_left_out(backend):
    truth, found = invent(1)
    blank = [dict(each, score=1.0, keypoints=list(each['keypoints'])) for each in found[:20]]
    for n, each in enumerate(blank):
        each['keypoints'][2::3] = [-(n % 2)] * 17
    expected = evaluate_oks(truth, found, SIGMAS, backend).stats
    assert (evaluate_oks(truth, blank + found, SIGMAS, backend).stats == expected).all()
    assert evaluate_oks(truth, blank, SIGMAS, backend).stats.tolist() == [0] * 10


@pytest.mark.parametrize('key', ['area', 'keypoints'])
def test_incomplete_annotations_are_named(key):
    truth, found = invent(3)
    del truth['annotations'][2][key]
    with pytest.raises(UserError, match=f"annotation 3 .* has no '{key}'"):
        evaluate_oks(truth, found, SIGMAS)


@pytest.mark.parametrize('backend', INSTALLED)
def test_other_keypoints_than_those_of_coco_are_nothing_to_warn_of(backend, recwarn):
    truth, found = invent(1, keypoints=5)
    evaluate_oks(truth, found, SIGMAS[:5], backend)
    assert not [w for w in recwarn if 'sigmas' in str(w.message)]


def test_choosing(monkeypatch):
    assert choose_backend() == INSTALLED[0]
    with pytest.raises(UserError, match='Did you mean hotcoco'):
        choose_backend('hotkoko')
    monkeypatch.setattr(
        oks_backends.importlib.util, 'find_spec', lambda name: name == 'pycocotools'
    )
    assert choose_backend() == 'pycocotools'
    with pytest.raises(UserError, match='pip install hotcoco'):
        choose_backend('hotcoco')


@pytest.mark.parametrize('backend', INSTALLED)
def test_boxes_are_evaluated_as_by_pycocotools(backend):
    truth, found = invent(3)
    theirs, boxes = COCO(), COCO()
    theirs.dataset = copy.deepcopy(truth)
    theirs.createIndex()
    boxes = theirs.loadRes([{k: v for k, v in d.items() if k != 'keypoints'} for d in found])
    evaluation = COCOeval(theirs, boxes, 'bbox')
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert 0.01 < evaluation.stats[0] < 0.95
    np.testing.assert_allclose(evaluate_boxes(truth, found, backend), evaluation.stats, atol=1e-9)
