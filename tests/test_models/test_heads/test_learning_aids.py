"""What helps training from scratch and is not in the network that predicts."""

import numpy as np
import pytest
import torch
from mmengine.model import BaseModule
from test_yolopose_head import CHANNELS, NOBODY, PERSON, feature_maps, make_head

from mmpose_lrfg.models.heads import AuxiliaryHeatmaps, YOLOPoseHead
from mmpose_lrfg.models.losses import PoseTargets

PRIOR = [[0.0, -0.4], [-0.25, 0.1], [0.3, 0.5]]


def head_with(**kwargs):
    torch.manual_seed(0)
    return YOLOPoseHead(
        3,
        [0.05] * 3,
        dict(type='YOLOPoseHeadModule', widen_factor=0.0625, **kwargs.pop('module', {})),
        **kwargs,
    )


@pytest.mark.parametrize('layout', ['per_anchor', 'concatenated'])
@pytest.mark.parametrize('implicit', [True, False])
def test_with_a_prior_every_anchor_starts_at_that_pose_in_its_size(implicit, layout):
    head = head_with(keypoint_prior=PRIOR, module=dict(implicit=implicit, layout=layout))
    head.init_weights()
    for conv in [*head.head_module.keypoints, *head.head_module.boxes]:
        torch.nn.init.zeros_(conv.weight)
    rows = head.decode(head(feature_maps(batch=1)))[0]
    keypoints = rows[:, 6:].unflatten(1, (3, 3))
    first = 0
    for level, stride in enumerate(head.anchors.strides):
        h, w = 128 // stride, 192 // stride
        found = keypoints[first : first + 3 * h * w].view(3, h, w, 3, 3)
        first += 3 * h * w
        for anchor in range(3):
            size = head.anchors.sizes[level, anchor]
            middle = torch.tensor([(w - 1 + 0.5) * stride, 0.5 * stride])
            torch.testing.assert_close(
                found[anchor, 0, w - 1, :, :2], middle + torch.tensor(PRIOR) * size
            )
    torch.testing.assert_close(keypoints[..., 2], torch.full_like(keypoints[..., 2], 0.5))


def test_a_prior_on_another_device(monkeypatch):
    monkeypatch.setattr(BaseModule, 'init_weights', lambda self: None)  # looks at values
    head, seen = head_with(keypoint_prior=PRIOR).to('meta'), []
    head.head_module.start_keypoints_at = lambda level, points: seen.append(points.device.type)
    head.init_weights()
    assert seen == ['meta'] * 4


def test_a_prior_says_what_does_not_fit():
    with pytest.raises(ValueError, match='2 points of a prior for 3 keypoints'):
        head_with(keypoint_prior=PRIOR[:2])


def people(keypoints, labelled, images, boxes):
    return PoseTargets(
        images=torch.tensor(images),
        labels=torch.zeros(len(images), dtype=torch.long),
        boxes=torch.tensor(boxes, dtype=torch.float32),
        keypoints=torch.tensor(keypoints, dtype=torch.float32),
        labelled=torch.tensor(labelled),
        annotated=torch.ones(len(images), dtype=torch.bool),
    )


def test_heatmaps_are_gaussians_at_the_labelled_keypoints():
    sigmas, size, stride = np.array([0.05, 0.1]), 12, 8
    branch = AuxiliaryHeatmaps(4, sigmas.tolist(), stride=stride)
    rng = np.random.default_rng(0)
    points = rng.uniform(4, 90, (3, 2, 2))
    labelled = [[True, True], [True, False], [True, True]]
    boxes = [[0, 0, 100, 60], [0, 0, 20, 30], [0, 0, 40, 40.0]]
    targets = people(points, labelled, images=[0, 0, 1], boxes=boxes)
    found = branch.targets(targets, (2, 2, size, size)).numpy()

    wanted = np.zeros((2, 2, size, size))
    for t, image in enumerate([0, 0, 1]):
        for k in range(2):
            if not labelled[t][k]:
                continue
            column, row = (int(value // stride) for value in points[t, k])
            extent = np.sqrt(boxes[t][2] * boxes[t][3]) / stride
            spread = max(0.6 * 2 * sigmas[k] * extent, 0.7)
            for y in range(size):
                for x in range(size):
                    peak = np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * spread**2))
                    wanted[image, k, y, x] = max(wanted[image, k, y, x], peak)
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_learning_brings_the_heatmaps_to_their_targets():
    torch.manual_seed(0)
    branch = AuxiliaryHeatmaps(16, [0.05])
    branch.init_weights()
    targets = people([[[20, 44]]], [[True]], [0], [[20, 44, 16, 16]])
    feat = torch.randn(1, 16, 8, 8)
    optimiser = torch.optim.Adam([*branch.parameters()], 0.1)
    losses = []
    for _ in range(60):
        losses.append(branch.loss(feat, targets))
        optimiser.zero_grad()
        losses[-1].backward()
        optimiser.step()
    assert losses[-1] < 0.2 * losses[0]
    assert branch(feat).flatten().argmax() == 5 * 8 + 2


def test_the_branch_is_a_loss_of_its_own_and_no_part_of_predictions():
    with_branch = head_with(auxiliary=dict(type='AuxiliaryHeatmaps', in_channels=CHANNELS[0]))
    feats = feature_maps()
    losses = with_branch.loss(feats, [PERSON, NOBODY])
    assert losses['loss_aux'] > 0
    losses['loss_aux'].backward()
    assert with_branch.auxiliary.layer.weight.grad.abs().sum() > 0
    plain = make_head()
    plain.load_state_dict(with_branch.state_dict(), strict=False)
    found = [head.eval().predict(feats, [PERSON, NOBODY]) for head in (plain, with_branch)]
    for ours, theirs in zip(*found):
        np.testing.assert_array_equal(ours.keypoints, theirs.keypoints)
    assert torch.isfinite(with_branch.loss(feats, [NOBODY, NOBODY])['loss_aux'])
