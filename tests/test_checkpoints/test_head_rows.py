"""Rows of one head that mean the same in another: checked against the heads' own outputs."""

import pytest
import torch

import mmpose_lrfg.register  # noqa: F401
from mmpose_lrfg.checkpoints.head_rows import HeadShape, same_rows
from mmpose_lrfg.models.heads import YOLOPoseHeadModule


def head(layout, blocks=2, classes=1, keypoints=4):
    """A head module with random outputs, and its description."""
    module = YOLOPoseHeadModule(
        in_channels=(16, 16),
        num_keypoints=keypoints,
        num_classes=classes,
        widen_factor=1,
        keypoint_blocks=blocks,
        implicit=False,
        layout=layout,
        strides=(8, 16),
    ).eval()
    for conv in (*module.boxes, *module.keypoints):
        torch.nn.init.normal_(conv.weight)
        torch.nn.init.normal_(conv.bias)
    return module, HeadShape(3, classes, keypoints, blocks, layout)


def fields_of(classes, keypoints):
    """The outputs of an anchor in order."""
    names = ['x', 'y', 'w', 'h', 'objectness', *(f'class {i}' for i in range(classes))]
    return names + [f'keypoint {i} {c}' for i in range(keypoints) for c in 'xyv']


def rows_by_outputs(module, fields):
    """Find by trial which row of which branch makes each output of each anchor."""
    found = {}
    feat = [torch.rand(1, 16, 2, 2), torch.rand(1, 16, 1, 1)]
    with torch.no_grad():
        before = module(feat)[0]
        for branch in ('boxes', 'keypoints'):
            bias = getattr(module, branch)[0].bias
            for row in range(len(bias)):
                bias[row] += 1
                changed = (module(feat)[0] - before).abs().sum(dim=(0, 2, 3)) > 0.5
                bias[row] -= 1
                ((anchor, index),) = changed.nonzero().tolist()
                found[anchor, fields[index]] = (branch, row)
    return found


@pytest.mark.parametrize('layout', ['per_anchor', 'concatenated'])
@pytest.mark.parametrize('classes, keypoints', [(1, 4), (3, 2)])
def test_rows_are_those_of_the_network(layout, classes, keypoints):
    module, shape = head(layout, classes=classes, keypoints=keypoints)
    fields = fields_of(classes, keypoints)
    assert rows_by_outputs(module, fields) == shape.rows()
    assert len(shape.rows()) == 3 * len(fields)


@pytest.mark.parametrize('blocks', [0, 2])
@pytest.mark.parametrize('to', ['per_anchor', 'concatenated'])
@pytest.mark.parametrize('origin', ['per_anchor', 'concatenated'])
def test_transferred_rows_predict_the_same(origin, to, blocks):
    source, source_shape = head(origin, blocks)
    target, target_shape = head(to, blocks)
    target.keypoint_features.load_state_dict(source.keypoint_features.state_dict())
    rows = same_rows(source_shape, target_shape, [True] * 3)
    with torch.no_grad():
        for (branch, row), (old_branch, old_row) in rows.items():
            for kind in ('weight', 'bias'):
                values = getattr(getattr(source, old_branch)[0], kind)[old_row]
                getattr(getattr(target, branch)[0], kind)[row] = values
        feat = [torch.rand(1, 16, 2, 2), torch.rand(1, 16, 1, 1)]
        equal = torch.isclose(source(feat)[0], target(feat)[0], atol=1e-5).all(dim=(2)).all(dim=2)
    fields = fields_of(1, 4)
    for (anchor, field), row in target_shape.rows().items():
        assert bool(equal[0, anchor, fields.index(field)]) == (row in rows)
    everything = origin == to or blocks == 0
    assert (len(rows) == 3 * len(fields)) == everything


def test_yolopose_to_one_anchor_at_a_time():
    """The numbers of the documentation."""
    source, target = (HeadShape(3, 1, 17, 6, lay) for lay in ('concatenated', 'per_anchor'))
    rows = same_rows(source, target, [True] * 3)
    boxes = sorted(row for branch, row in rows if branch == 'boxes')
    keypoints = sorted(row for branch, row in rows if branch == 'keypoints')
    assert boxes == list(range(6))
    assert keypoints == list(range(12, 153))


def test_a_detector_of_80_classes():
    source, target = HeadShape(3, 80, 0, 0, 'per_anchor'), HeadShape(3, 1, 17, 6, 'per_anchor')
    rows = same_rows(source, target, [True] * 3)
    assert rows == {('boxes', 6 * a + i): ('boxes', 85 * a + i) for a in range(3) for i in range(6)}
    three = same_rows(source, HeadShape(3, 3, 17, 6, 'per_anchor'), [True] * 3)
    assert len(three) == 3 * 5  # of three classes, which is a person?


def test_other_anchors_start_with_fresh_sizes():
    shape = HeadShape(3, 1, 2, 6, 'per_anchor')
    rows = same_rows(shape, shape, [True, False, True])
    gone = {('boxes', row) for row in range(18)} - rows.keys()
    assert gone == {('boxes', 8), ('boxes', 9)}
    assert same_rows(shape, HeadShape(2, 1, 2, 6, 'per_anchor'), [True] * 2) == {}


def test_other_keypoints_start_fresh():
    rows = same_rows(
        HeadShape(3, 1, 17, 6, 'per_anchor'), HeadShape(3, 1, 5, 6, 'per_anchor'), [True] * 3
    )
    assert {branch for branch, _ in rows} == {'boxes'} and len(rows) == 18
