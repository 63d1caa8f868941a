"""How the losses of several levels are put together; their values are compared in the head's tests
and with the golden vectors."""

import pytest
import torch

from mmpose_lrfg.models.losses import PoseTargets
from mmpose_lrfg.models.losses.yolopose_loss import YOLOPoseLoss
from mmpose_lrfg.models.task_modules import AnchorGrid

KEYPOINTS = 3
SIZES = [((20, 30), (30, 40), (25, 28)), ((90, 70),)]  # for strides 8 and 16


def visibility_gradients(**options):
    """Of the visibility logits of every positive, by level; all logits are 0."""
    anchors = AnchorGrid([[(22, 30)], [(90, 70)]], (8, 16))
    sides = torch.tensor([side for level in SIZES for side in level], dtype=torch.float32)
    count = len(sides)
    centres = torch.tensor([[27.0, 27], [75, 27], [27, 75], [67, 67]])
    targets = PoseTargets(
        images=torch.zeros(count),
        labels=torch.zeros(count, dtype=torch.int64),
        boxes=torch.cat([centres, sides], dim=1),
        keypoints=centres[:, None].repeat(1, KEYPOINTS, 1),
        labelled=torch.ones(count, KEYPOINTS, dtype=torch.bool),
    )
    loss = YOLOPoseLoss(
        loss_keypoints=dict(type='KeypointOKSLoss', sigmas=[0.05] * KEYPOINTS),
        assigner=dict(type='AnchorRatioAssigner', ratio_thr=1.6),
        vis_weight=1.0,
        batch_size=1,
        **options,
    )
    raws = [torch.zeros(1, 1, s, s, 6 + 3 * KEYPOINTS, requires_grad=True) for s in (16, 8)]
    loss(raws, targets, anchors, 1)['loss_vis'].backward()
    found = [raw.grad[..., 8::3] for raw in raws]
    return [grad[grad != 0].abs() for grad in found]


@pytest.mark.parametrize('level_means', [True, False])
def test_every_positive_counts_alike_within_a_level_or_in_all(level_means):
    fine, coarse = visibility_gradients(level_means=level_means)
    people = [len(level) for level in SIZES]
    positives = [3 * number for number in people]  # the centre's cell and its two neighbours
    assert [len(fine), len(coarse)] == [KEYPOINTS * number for number in positives]
    divisors = positives if level_means else [sum(positives)] * 2
    # Of a cross-entropy at logit 0: half, by the number of terms of the mean.
    for grads, divisor in zip((fine, coarse), divisors):
        torch.testing.assert_close(grads, torch.full_like(grads, 0.5 / (divisor * KEYPOINTS)))


def test_an_unknown_way_to_settle_conflicts():
    keypoints = dict(type='KeypointOKSLoss', sigmas=[0.05])
    with pytest.raises(ValueError, match='on_conflict'):
        YOLOPoseLoss(loss_keypoints=keypoints, on_conflict='first')
