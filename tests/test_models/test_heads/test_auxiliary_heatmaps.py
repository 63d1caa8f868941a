import numpy as np
import torch
from tiny_heads import CHANNELS, EMPTY, PERSON, feature_maps, make_head, pose_targets

from mmpose_lrfg.models.heads import AuxiliaryHeatmaps
from mmpose_lrfg.models.task_modules import PoseTargets


def test_targets_are_gaussians_at_the_visible_keypoints():
    sigmas, size, stride = np.array([0.05, 0.1]), 12, 8
    branch = AuxiliaryHeatmaps(4, sigmas.tolist(), stride=stride)
    points = np.random.default_rng(0).uniform(4, 90, (3, 2, 2))
    visible = [[True, True], [True, False], [True, True]]
    boxes = [[0, 0, 100, 60], [0, 0, 20, 30], [0, 0, 40, 40.0]]
    images = [0, 0, 1]
    people = pose_targets(boxes, points, visible, images)
    found = branch.get_targets(people, (2, 2, size, size)).numpy()

    expected = np.zeros((2, 2, size, size))
    y, x = np.mgrid[:size, :size]
    for t, image in enumerate(images):
        for k in np.flatnonzero(visible[t]):
            column, row = points[t, k] // stride
            extent = np.sqrt(boxes[t][2] * boxes[t][3]) / stride
            spread = max(0.6 * 2 * sigmas[k] * extent, 0.7)
            peak = np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * spread**2))
            expected[image, k] = np.maximum(expected[image, k], peak)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_loss_is_the_penalty_reduced_focal_loss():
    branch = AuxiliaryHeatmaps(16, [0.05, 0.1], loss_weight=0.5)
    people = pose_targets([[20, 44, 16, 16]] * 3, [[[20, 44], [40, 12]]] * 3, images=[0, 0, 1])
    feat = torch.randn(2, 16, 8, 8)
    p, target = branch.layer(feat).sigmoid(), branch.get_targets(people, (2, 2, 8, 8))
    hit, miss = (1 - p) ** 2 * p.log(), (1 - target) ** 4 * p**2 * (1 - p).log()
    expected = -0.5 * torch.where(target == 1, hit, miss).sum() / 6  # visible keypoints
    torch.testing.assert_close(branch.loss(feat, people), expected)


def test_the_branch_adds_a_loss_and_does_not_change_predictions(monkeypatch):
    moved = []
    monkeypatch.setattr(PoseTargets, 'to', lambda self, device: moved.append(device) or self)
    with_branch = make_head(auxiliary=dict(type='AuxiliaryHeatmaps', in_channels=CHANNELS[0]))
    feats = feature_maps()
    losses = with_branch.loss(feats, [PERSON, EMPTY])
    assert losses['loss_aux'] > 0 and len(moved) == 1
    losses['loss_aux'].backward()
    assert with_branch.auxiliary.layer.weight.grad.abs().sum() > 0
    plain = make_head()
    plain.load_state_dict(with_branch.state_dict(), strict=False)
    found = [head.eval().predict(feats, [PERSON, EMPTY]) for head in (plain, with_branch)]
    for ours, theirs in zip(*found):
        np.testing.assert_array_equal(ours.keypoints, theirs.keypoints)
    assert torch.isfinite(with_branch.loss(feats, [EMPTY, EMPTY])['loss_aux'])
