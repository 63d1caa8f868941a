"""Rows of one head that mean the same in another: checked against the heads' own outputs."""

import pytest
import torch

import mmpose_lrfg.register  # noqa: F401
from mmpose_lrfg.checkpoints.head_rows import HeadShape, same_rows
from mmpose_lrfg.models.heads import YOLOPoseHeadModule

LAYOUTS = ['per_anchor', 'concatenated']
FEATURES = [torch.rand(1, 16, 2, 2), torch.rand(1, 16, 1, 1)]


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


@pytest.mark.parametrize('layout', LAYOUTS)
@pytest.mark.parametrize('classes, keypoints', [(1, 4), (3, 2)])
@torch.no_grad()
def test_rows_are_those_of_the_network(layout, classes, keypoints):
    """Find by trial which row of which branch makes each output of each anchor."""
    module, shape = head(layout, classes=classes, keypoints=keypoints)
    fields, found, before = fields_of(classes, keypoints), {}, module(FEATURES)[0]
    for branch in ('boxes', 'keypoints'):
        bias = getattr(module, branch)[0].bias
        for row in range(len(bias)):
            bias[row] += 1
            changed = (module(FEATURES)[0] - before).abs().sum(dim=(0, 2, 3)) > 0.5
            bias[row] -= 1
            ((anchor, index),) = changed.nonzero().tolist()
            found[anchor, fields[index]] = (branch, row)
    assert found == shape.rows()
    assert len(found) == 3 * len(fields)


@pytest.mark.parametrize('blocks', [0, 2])
@pytest.mark.parametrize('to', LAYOUTS)
@pytest.mark.parametrize('origin', LAYOUTS)
@torch.no_grad()
def test_transferred_rows_predict_the_same(origin, to, blocks):
    source, source_shape = head(origin, blocks)
    target, target_shape = head(to, blocks)
    target.keypoint_features.load_state_dict(source.keypoint_features.state_dict())
    rows = same_rows(source_shape, target_shape, [True] * 3)
    for (branch, row), (old_branch, old_row) in rows.items():
        for kind in ('weight', 'bias'):
            values = getattr(getattr(source, old_branch)[0], kind)[old_row]
            getattr(getattr(target, branch)[0], kind)[row] = values
    equal = torch.isclose(source(FEATURES)[0], target(FEATURES)[0], atol=1e-5).all(dim=(2, 3))
    fields = fields_of(1, 4)
    for (anchor, field), row in target_shape.rows().items():
        assert bool(equal[0, anchor, fields.index(field)]) == (row in rows)
    assert (len(rows) == 3 * len(fields)) == (origin == to or blocks == 0)


def detector(classes=1):
    return HeadShape(3, classes, 0, 0, 'per_anchor')


def pose(keypoints=17, anchors=3, layout='per_anchor', classes=1):
    return HeadShape(anchors, classes, keypoints, 6, layout)


BOXES = set(range(18))
NO_CLASSES = {row for row in range(24) if row % 8 < 5}


@pytest.mark.parametrize(
    'source, target, same_sizes, boxes, keypoints',
    [
        # The numbers of the documentation.
        (pose(layout='concatenated'), pose(), [True] * 3, set(range(6)), set(range(12, 153))),
        (pose(), pose(), [True, False, True], BOXES - {8, 9}, set(range(153))),
        (pose(), pose(anchors=2), [True] * 2, set(), set()),
        (pose(), pose(keypoints=5), [True] * 3, BOXES, set()),
        # Of three classes, any may be the person.
        (detector(80), pose(classes=3), [True] * 3, NO_CLASSES, set()),
    ],
)
def test_which_rows_are_taken(source, target, same_sizes, boxes, keypoints):
    rows = same_rows(source, target, same_sizes)
    assert {row for branch, row in rows if branch == 'boxes'} == boxes
    assert {row for branch, row in rows if branch == 'keypoints'} == keypoints


def test_a_single_class_is_the_first_of_80():
    rows = same_rows(detector(80), pose(), [True] * 3)
    assert rows == {('boxes', 6 * a + i): ('boxes', 85 * a + i) for a in range(3) for i in range(6)}
