import pytest
import torch
from tiny_heads import STRIDES, feature_maps, make_head

from mmpose_lrfg.models.heads import YOLOPoseHeadModule

PRIOR = [[0.0, -0.4], [-0.25, 0.1], [0.3, 0.5]]


def test_layouts_split_the_same_outputs_differently():
    boxes = torch.arange(3 * 6.0).view(1, 18, 1, 1)
    keypoints = 100 + torch.arange(3 * 3.0).view(1, 9, 1, 1)
    kwargs = dict(widen_factor=0.0625, num_keypoints=1)
    ours = YOLOPoseHeadModule(**kwargs).join(boxes, keypoints)[0, :, 0, 0]
    theirs = YOLOPoseHeadModule(**kwargs, layout='concatenated').join(boxes, keypoints)[0, :, 0, 0]
    assert ours[1].tolist() == [6, 7, 8, 9, 10, 11, 103, 104, 105]
    assert theirs.flatten().tolist() == [*range(18), *range(100, 109)]


def test_implicit_vectors_scale_the_outputs():
    head = make_head().eval()
    feats = feature_maps()
    before = head(feats)
    for multiply in [*head.head_module.boxes_multiply, *head.head_module.keypoints_multiply]:
        multiply.vector.data *= 3
    for a, b in zip(before, head(feats)):
        torch.testing.assert_close(b, 3 * a, rtol=1e-4, atol=1e-5)


def test_initial_objectness_is_that_of_few_objects():
    module = YOLOPoseHeadModule(widen_factor=0.0625)
    module.init_weights()
    for conv, stride in zip(module.boxes, STRIDES):
        objectness = conv.bias.view(3, 6)[:, 4].sigmoid()
        expected = torch.full((3,), 8 / (640 / stride) ** 2)
        torch.testing.assert_close(objectness, expected, rtol=0.15, atol=0)


@pytest.mark.parametrize('layout', ['per_anchor', 'concatenated'])
@pytest.mark.parametrize('implicit', [True, False])
def test_with_a_prior_every_anchor_starts_at_that_pose_in_its_size(implicit, layout):
    head = make_head(keypoint_prior=PRIOR, module=dict(implicit=implicit, layout=layout))
    head.init_weights()
    for conv in [*head.head_module.keypoints, *head.head_module.boxes]:
        torch.nn.init.zeros_(conv.weight)
    rows = head.decode(head(feature_maps(batch=1)))[0]
    keypoints = rows[:, 6:].unflatten(1, (3, 3))
    first = 0
    for level, stride in enumerate(STRIDES):
        h, w = 128 // stride, 192 // stride
        found = keypoints[first : first + 3 * h * w].view(3, h, w, 3, 3)
        first += 3 * h * w
        middle = torch.tensor([(w - 1 + 0.5) * stride, 0.5 * stride])
        for anchor, size in enumerate(head.anchors.sizes[level]):
            expected = middle + torch.tensor(PRIOR) * size
            torch.testing.assert_close(found[anchor, 0, w - 1, :, :2], expected)
    torch.testing.assert_close(keypoints[..., 2], torch.full_like(keypoints[..., 2], 0.5))
