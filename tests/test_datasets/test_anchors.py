"""Recall of anchors is what the assigner makes of them; fitted ones are better."""

import json

import numpy as np
import pytest
import torch

from mmpose_lrfg.datasets.anchors import fit_anchors, letterboxed, measure, snippet
from mmpose_lrfg.models.task_modules import COCO_ANCHORS, AnchorGenerator, AnchorRatioAssigner

ANCHORS = np.array(COCO_ANCHORS, float)


@pytest.mark.parametrize('ratio_thr', [2.0, 4.0])
def test_recall_is_that_of_the_assigner(ratio_thr):
    rng = np.random.default_rng(0)
    boxes = np.exp(rng.uniform(np.log(3), np.log(600), (300, 2)))
    assigner, grid = AnchorRatioAssigner(ratio_thr), AnchorGenerator()
    matched = np.zeros((4, len(boxes)), bool)
    for level, stride in enumerate(grid.strides):
        placed = torch.tensor(np.column_stack([np.full_like(boxes, 320.0), boxes]) / stride).float()
        found = assigner.assign(
            torch.zeros(len(boxes)), placed, grid.in_cells(level), (640 // stride, 640 // stride)
        )
        matched[level, found.target.numpy()] = True
    fit = measure(boxes, ANCHORS, ratio_thr)
    assert fit.recall == pytest.approx(matched.any(axis=0).mean()) and 0.1 < fit.recall < 1
    assert fit.matched == pytest.approx(matched.mean(axis=1))
    assert fit.nearest.sum() == pytest.approx(1)


def test_boxes_are_letterboxed():
    images = [dict(id=1, width=1280, height=640), dict(id=2, width=0, height=0)]
    anns = [
        dict(image_id=1, bbox=[0, 0, 100, 50]),
        dict(image_id=1, bbox=[0, 0, 100, 50], iscrowd=1),
        dict(image_id=1, bbox=[0, 0, 0, 50]),
        dict(image_id=1, bbox=[0, 0, 30, 90], keypoints=[0, 0, 0, 0, 0, 0]),
        dict(image_id=2, bbox=[0, 0, 10, 5]),
    ]
    assert letterboxed(anns, images, (640, 640)).tolist() == [[50, 25]]


def test_fitted_anchors_find_the_clusters():
    rng = np.random.default_rng(0)
    centres = np.array([[4, 4], [8, 30], [60, 10], [200, 150]], float)
    boxes = (centres[:, None] * np.exp(rng.normal(0, 0.05, (4, 200, 2)))).reshape(-1, 2)
    before = measure(boxes, ANCHORS)
    anchors = fit_anchors(boxes, levels=2, count=2)
    after = measure(boxes, anchors)
    assert after.recall == 1 and after.closeness > max(0.85, before.closeness)
    assert np.allclose(anchors.reshape(-1, 2), centres, rtol=0.2)
    assert (anchors == anchors.round()).all()
    areas = anchors.reshape(-1, 2).prod(axis=1)
    assert (np.diff(areas) >= 0).all(), 'finest level first'
    assert (fit_anchors(boxes, 2, 2) == anchors).all()


def test_fewer_boxes_than_anchors():
    anchors = fit_anchors(np.array([[10.0, 20], [30, 40]]), 4, 3)
    assert anchors.shape == (4, 3, 2) and measure(np.array([[10.0, 20]]), anchors).recall == 1


def test_the_snippet_is_a_config():
    names = {}
    exec(snippet(ANCHORS), names)
    assert np.array_equal(names['model']['head']['anchors'], ANCHORS)


def test_command(tmp_path, run_tool, capsys):
    images = [dict(id=1, file_name='1.png', width=640, height=640)]
    anns = [dict(id=n, image_id=1, bbox=[0, 0, 2 + n % 3, 2 + n % 2]) for n in range(1, 50)]
    path, out = tmp_path / 'tiny.json', tmp_path / 'out.json'
    path.write_text(json.dumps(dict(images=images, annotations=anns)))
    assert run_tool('anchors', path, '--img-size', 320, 640, '--json', out) == 0
    message = capsys.readouterr().out
    assert '49 boxes at an input of 320 x 640' in message
    assert 'model = dict(head=dict(anchors=(' in message
    fits = json.loads(out.read_text())
    assert fits['present']['recall'] < fits['fitted']['recall'] == 1
    assert np.shape(fits['fitted']['anchors']) == (4, 3, 2)
    path.write_text(json.dumps(dict(images=images, annotations=[])))
    assert run_tool('anchors', path) == 2
    assert 'has no boxes' in capsys.readouterr().err
