"""How the losses of the levels are combined; golden vectors compare their values."""

import pytest
import torch
from tiny_heads import EMPTY, PERSON, feature_maps, make_head, pose_targets, sample

KEYPOINTS = 3
SIZES = [((20, 30), (30, 40), (25, 28)), ((90, 70),)]  # for strides 8 and 16


def losses_of(levels=1, side=128, targets=None, visible=None, annotated=(True, True), **options):
    """Losses of zero predictions, and their gradients by level.

    By default of two objects on one level; the keypoints of the second are not visible.
    """
    anchors, strides = [[(22, 30)], [(90, 70)]][:levels], (8, 16)[:levels]
    if targets is None:
        targets = pose_targets(
            [[35, 27, 20, 30], [90, 80, 25, 28]],
            [[[30, 20], [41, 24], [35, 36]], [[0, 0]] * 3],
            [visible or [True] * 3, [False] * 3],
            annotated=annotated,
        )
    module = dict(in_channels=(256, 512)[:levels], keypoint_blocks=0)
    options = {'obj_balance': (1.0,) * levels, 'batch_size': 1, **options}
    head = make_head(KEYPOINTS, module, anchors=anchors, strides=strides, **options)
    preds = [
        torch.zeros(1, 1, side // s, side // s, 6 + 3 * KEYPOINTS, requires_grad=True)
        for s in strides
    ]
    return head.loss_by_feat(preds, targets), preds


@pytest.mark.parametrize('level_means', [True, False])
def test_every_positive_sample_has_equal_weight_within_a_level_or_in_all(level_means):
    sides = torch.tensor([side for level in SIZES for side in level])
    centres = torch.tensor([[27, 27], [75, 27], [27, 75], [67, 67]])
    boxes = torch.cat([centres, sides], dim=1)
    targets = pose_targets(boxes, centres[:, None].repeat(1, KEYPOINTS, 1))
    options = dict(assigner=dict(ratio_thr=1.6), loss_vis=dict(loss_weight=1.0), scale_gains=False)
    losses, preds = losses_of(2, targets=targets, level_means=level_means, **options)
    losses['loss_vis'].backward()
    grads = [pred.grad[..., 8::3] for pred in preds]
    fine, coarse = (grad[grad != 0].abs() for grad in grads)
    positives = [3 * len(level) for level in SIZES]  # the centre's cell and its two neighbours
    assert [len(fine), len(coarse)] == [KEYPOINTS * number for number in positives]
    divisors = positives if level_means else [sum(positives)] * 2
    # The gradient of a cross-entropy at logit 0 is one half, by the number of terms of the mean.
    for found, divisor in zip((fine, coarse), divisors):
        torch.testing.assert_close(found, torch.full_like(found, 0.5 / (divisor * KEYPOINTS)))


def objectness_targets(visible, annotated=(True, True), **options):
    """Return the objectness targets of the first object's positive samples, and their cells."""
    losses, (pred,) = losses_of(visible=visible, side=64, scale_gains=False, **options)
    losses['loss_obj'].backward()
    # The gradient of the cross-entropy at a logit of 0 is one half, less the target.
    found = 0.5 - pred.grad[0, 0, ..., 4] * 64
    rows, columns = found.gt(1e-6).nonzero(as_tuple=True)
    near = (rows < 7) & (columns < 7)
    return found[rows, columns][near], torch.stack([columns, rows], dim=1)[near]


def test_objectness_target_is_the_oks_where_keypoints_are_visible():
    visible = [True, False, True]
    loss_oks = dict(sigmas=[0.05, 0.1, 0.2])
    found, cells = objectness_targets(visible, obj_target='oks', loss_oks=loss_oks)
    assert len(found) == 3
    # Zero predictions put every keypoint half a cell before its cell's corner.
    at = (cells - 0.5) * 8
    first = (at - torch.tensor([30.0, 20])).pow(2).sum(1) / (8 * 0.05**2 * 0.53 * 20 * 30)
    third = (at - torch.tensor([35.0, 36])).pow(2).sum(1) / (8 * 0.2**2 * 0.53 * 20 * 30)
    torch.testing.assert_close(found, ((-first).exp() + (-third).exp()) / 2, rtol=1e-4, atol=1e-4)
    by_ciou, _ = objectness_targets(visible)
    without, _ = objectness_targets([False] * 3, obj_target='oks')
    torch.testing.assert_close(without, by_ciou)
    assert not torch.allclose(found, by_ciou, atol=0.05)


def test_the_batch_size_scales_all_losses_the_input_size_that_of_the_objectness():
    plain, here, as_at_960 = (
        {name: loss.item() for name, loss in losses_of(**options)[0].items()}
        for options in (dict(scale_gains=False), {}, dict(input_size=960))
    )
    assert here['loss_obj'] / plain['loss_obj'] == pytest.approx(3 * (128 / 640) ** 2)
    assert as_at_960['loss_obj'] / plain['loss_obj'] == pytest.approx(3 * (960 / 640) ** 2)
    assert as_at_960['loss_kpt'] == plain['loss_kpt']
    many = losses_of(batch_size=64)[0]
    assert all(many[n].item() == pytest.approx(64 * here[n]) for n in here)


def test_objects_without_annotated_keypoints_have_no_keypoint_and_no_visibility_loss():
    both, _ = losses_of()
    one, (pred,) = losses_of(annotated=(True, False))
    sum(one.values()).backward()
    grad = pred.grad[0, 0, 10, 11]  # the cell of the second object
    assert grad[:5].ne(0).any() and grad[6:].eq(0).all()
    # All visibility logits are 0: the mean over the remaining object is the same.
    assert one['loss_vis'].item() == pytest.approx(both['loss_vis'].item())
    assert one['loss_bbox'] == both['loss_bbox'] and one['loss_kpt'] == both['loss_kpt']


def test_images_without_people_have_objectness_loss_only_and_reach_every_parameter():
    head = make_head().train()
    losses = head.loss(feature_maps(), [EMPTY, EMPTY])
    assert {k for k, v in losses.items() if v > 0} == {'loss_obj'}
    sum(losses.values()).backward()
    assert all(p.grad is not None for p in head.parameters())


def test_invisible_keypoints_have_a_visibility_loss_only():
    head, feats = make_head().eval(), feature_maps()
    visible = torch.tensor([[1.0, 1.0, 0.0]])
    here = sample([[40, 30, 80, 110]], [[50, 40], [70, 60], [60, 100]], visible)
    there = sample([[40, 30, 80, 110]], [[50, 40], [70, 60], [0, 0]], visible)
    a, b = (head.loss(feats, [s, EMPTY]) for s in (here, there))
    assert a == b


def test_class_loss_only_with_several_classes():
    assert 'loss_cls' not in make_head().loss(feature_maps(), [PERSON, EMPTY])
    head = make_head(num_classes=2).eval()
    keypoints = [[50, 40], [70, 60], [60, 100]]
    first, second = (
        head.loss(feature_maps(), [sample([[40, 30, 80, 110]], keypoints, labels=[i]), EMPTY])
        for i in (0, 1)
    )
    assert first['loss_cls'] != second['loss_cls'] and first['loss_obj'] == second['loss_obj']


def test_an_anchor_of_two_objects_takes_the_better_quality():
    boxes = [[40, 30, 80, 110], [42, 34, 84, 118]]
    orders = [sample(order, [[50, 40]] * 6) for order in (boxes, boxes[::-1])]
    results = {
        rule: [
            make_head(on_conflict=rule).eval().loss(feature_maps(1), [s])['loss_obj'].item()
            for s in orders
        ]
        for rule in ('max', 'last')
    }
    assert results['max'][0] == pytest.approx(results['max'][1], rel=1e-6)
    assert results['last'][0] != pytest.approx(results['last'][1], rel=1e-6)
