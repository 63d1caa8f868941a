"""How the losses of several levels are put together; their values are compared in the head's tests
and with the golden vectors."""

import pytest
import torch

from mmpose_lrfg.models.losses import PoseTargets
from mmpose_lrfg.models.losses.yolopose_loss import YOLOPoseLoss
from mmpose_lrfg.models.task_modules import AnchorGenerator

KEYPOINTS = 3
SIZES = [((20, 30), (30, 40), (25, 28)), ((90, 70),)]  # for strides 8 and 16


def visibility_gradients(**options):
    """Of the visibility logits of every positive, by level; all logits are 0."""
    anchors = AnchorGenerator([[(22, 30)], [(90, 70)]], (8, 16))
    sides = torch.tensor([side for level in SIZES for side in level], dtype=torch.float32)
    count = len(sides)
    centres = torch.tensor([[27.0, 27], [75, 27], [27, 75], [67, 67]])
    targets = PoseTargets(
        images=torch.zeros(count),
        labels=torch.zeros(count, dtype=torch.int64),
        boxes=torch.cat([centres, sides], dim=1),
        keypoints=centres[:, None].repeat(1, KEYPOINTS, 1),
        labelled=torch.ones(count, KEYPOINTS, dtype=torch.bool),
        annotated=torch.ones(count, dtype=torch.bool),
    )
    loss = YOLOPoseLoss(
        loss_keypoints=dict(type='KeypointOKSLoss', sigmas=[0.05] * KEYPOINTS),
        assigner=dict(type='AnchorRatioAssigner', ratio_thr=1.6),
        vis_weight=1.0,
        batch_size=1,
        scale_gains=False,
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


def wanted_objectness(labelled, **options):
    """What the objectness of every positive of one person is to be, and where their cells are."""
    anchors = AnchorGenerator([[(22, 30)]], (8,))
    targets = PoseTargets(
        images=torch.zeros(1),
        labels=torch.zeros(1, dtype=torch.int64),
        boxes=torch.tensor([[35.0, 27, 20, 30]]),
        keypoints=torch.tensor([[[30.0, 20], [41, 24], [35, 36]]]),
        labelled=torch.tensor([labelled]),
        annotated=torch.tensor([True]),
    )
    keypoints = dict(type='KeypointOKSLoss', sigmas=[0.05, 0.1, 0.2], scale='yolopose', pull=1.0)
    loss = YOLOPoseLoss(
        loss_keypoints=keypoints, obj_balance=(1.0,), batch_size=1, scale_gains=False, **options
    ).double()
    raw = torch.zeros(1, 1, 8, 8, 6 + 3 * KEYPOINTS, requires_grad=True)
    loss([raw], targets, anchors, 1)['loss_obj'].backward()
    # The gradient of the cross-entropy at a logit of 0 is half, less what is wanted.
    wanted = 0.5 - raw.grad[0, 0, ..., 4] * 64
    rows, columns = wanted.gt(1e-6).nonzero(as_tuple=True)
    return wanted[rows, columns], torch.stack([columns, rows], dim=1)


def test_objectness_follows_the_pose_where_there_is_one():
    labelled = [True, False, True]
    found, cells = wanted_objectness(labelled, objectness_fit='oks')
    assert len(found) == 3
    # Raw zeros put every keypoint half a cell before its cell's corner.
    at = (cells - 0.5) * 8
    first = (at - torch.tensor([30.0, 20])).pow(2).sum(1) / (8 * 0.05**2 * 0.53 * 20 * 30)
    third = (at - torch.tensor([35.0, 36])).pow(2).sum(1) / (8 * 0.2**2 * 0.53 * 20 * 30)
    torch.testing.assert_close(found, ((-first).exp() + (-third).exp()) / 2, rtol=1e-4, atol=1e-4)
    nobody = [False] * 3
    by_box, _ = wanted_objectness(labelled)
    without, _ = wanted_objectness(nobody, objectness_fit='oks')
    torch.testing.assert_close(without, by_box)
    assert not torch.allclose(found, by_box, atol=0.05)


def test_an_unknown_objectness():
    keypoints = dict(type='KeypointOKSLoss', sigmas=[0.05])
    with pytest.raises(ValueError, match="'ciou' or 'oks'"):
        YOLOPoseLoss(loss_keypoints=keypoints, objectness_fit='iou')


KEYPOINT_LOSS = dict(type='KeypointOKSLoss', sigmas=[0.05] * KEYPOINTS)


@pytest.mark.parametrize(
    ('levels', 'classes', 'side', 'expected'),
    [
        (4, 1, 640, dict(bbox=0.0375, obj=0.75, cls=0.0046875, kpt=0.1, vis=0.0046875)),
        (4, 1, 960, dict(bbox=0.0375, obj=1.6875, cls=0.0046875, kpt=0.1, vis=0.0046875)),
        (3, 80, 640, dict(bbox=0.05, obj=1.0, cls=0.5, kpt=0.1, vis=0.5)),
        (3, 2, 1280, dict(bbox=0.05, obj=4.0, cls=0.0125, kpt=0.1, vis=0.0125)),
    ],
)
def test_effective_gains_are_those_of_yolopose(levels, classes, side, expected):
    loss = YOLOPoseLoss(loss_keypoints=KEYPOINT_LOSS)
    raw = dict(
        bbox=loss.loss_bbox.loss_weight,
        obj=loss.obj_weight,
        cls=loss.cls_weight,
        kpt=0.1,
        vis=loss.vis_weight,
    )
    factors = loss.gain_factors(levels, classes, side**2)
    effective = {name: gain * factors[f'loss_{name}'] for name, gain in raw.items()}
    assert effective == pytest.approx(expected)


def losses_of(side=128, annotated=(True, True), **options):
    """Losses and gradient of two objects on one level; the second has no keypoint."""
    anchors = AnchorGenerator([[(22, 30)]], (8,))
    targets = PoseTargets(
        images=torch.zeros(2),
        labels=torch.zeros(2, dtype=torch.int64),
        boxes=torch.tensor([[35.0, 27, 20, 30], [90, 80, 25, 28]]),
        keypoints=torch.tensor([[[30.0, 20], [41, 24], [35, 36]], [[0.0, 0]] * 3]),
        labelled=torch.tensor([[True] * 3, [False] * 3]),
        annotated=torch.tensor(annotated),
    )
    loss = YOLOPoseLoss(loss_keypoints=KEYPOINT_LOSS, obj_balance=(1.0,), batch_size=1, **options)
    raw = torch.zeros(1, 1, side // 8, side // 8, 6 + 3 * KEYPOINTS, requires_grad=True)
    losses = loss([raw], targets, anchors, 1)
    sum(losses.values()).backward()
    return {name: value.item() for name, value in losses.items()}, raw.grad


def test_the_size_of_the_batch_scales_the_objectness():
    plain, _ = losses_of(scale_gains=False)
    here, _ = losses_of()
    as_at_960, _ = losses_of(input_size=960)
    assert here['loss_obj'] / plain['loss_obj'] == pytest.approx(3 * (128 / 640) ** 2)
    assert as_at_960['loss_obj'] / plain['loss_obj'] == pytest.approx(3 * (960 / 640) ** 2)
    assert as_at_960['loss_kpt'] == plain['loss_kpt']


def test_objects_without_annotated_keypoints_have_no_keypoint_and_no_visibility_loss():
    both, _ = losses_of()
    one, gradient = losses_of(annotated=(True, False))
    touched = gradient[0, 0, 10, 11]  # the cell of the second object
    assert touched[:5].ne(0).any(), 'box and objectness are learnt'
    assert touched[6:].eq(0).all(), 'keypoints and visibility are not'
    # All visibility logits are 0: the mean over the remaining object is the same.
    assert one['loss_vis'] == pytest.approx(both['loss_vis'])
    assert one['loss_bbox'] == both['loss_bbox'] and one['loss_kpt'] == both['loss_kpt']
