import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample

from mmpose_lrfg.models.heads import YOLOPoseHead, YOLOPoseHeadModule, postprocess

CHANNELS = (16, 32, 48, 64)
FLIP = [1, 0, 2]


def make_head(num_keypoints=3, num_classes=1, **kwargs):
    torch.manual_seed(0)
    return YOLOPoseHead(
        num_keypoints=num_keypoints,
        sigmas=[0.05] * num_keypoints,
        num_classes=num_classes,
        head_module=dict(type='YOLOPoseHeadModule', widen_factor=0.0625, **kwargs),
    ).eval()


def feature_maps(batch=2, height=128, width=192):
    torch.manual_seed(1)
    strides = (8, 16, 32, 64)
    return [torch.randn(batch, c, height // s, width // s) for c, s in zip(CHANNELS, strides)]


def sample(boxes, keypoints, visible=None, labels=None, size=(192, 128)):
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    keypoints = torch.tensor(keypoints, dtype=torch.float32).reshape(len(boxes), 3, 2)
    instances = InstanceData(
        bboxes=boxes,
        keypoints=keypoints,
        keypoints_visible=torch.ones(keypoints.shape[:2]) if visible is None else visible,
        labels=torch.zeros(len(boxes)) if labels is None else torch.tensor(labels),
    )
    return PoseDataSample(
        gt_instance_labels=instances, metainfo=dict(input_size=size, flip_indices=FLIP)
    )


PERSON = sample([[40, 30, 80, 110]], [[50, 40], [70, 60], [60, 100]])
NOBODY = sample([], [])


@pytest.mark.parametrize('layout', ['per_anchor', 'concatenated'])
@pytest.mark.parametrize('blocks', [0, 6])
def test_raw_outputs(layout, blocks):
    head = make_head(num_classes=2, layout=layout, keypoint_blocks=blocks)
    raws = head(feature_maps())
    shapes = [(2, 3, 128 // s, 192 // s, 5 + 2 + 9) for s in (8, 16, 32, 64)]
    assert [tuple(r.shape) for r in raws] == shapes


def test_layouts_cut_the_same_outputs_differently():
    boxes = torch.arange(3 * 6.0).view(1, 18, 1, 1)
    keypoints = 100 + torch.arange(3 * 3.0).view(1, 9, 1, 1)
    kwargs = dict(widen_factor=0.0625, num_keypoints=1)
    ours = YOLOPoseHeadModule(**kwargs).join(boxes, keypoints)[0, :, 0, 0]
    theirs = YOLOPoseHeadModule(**kwargs, layout='concatenated').join(boxes, keypoints)[0, :, 0, 0]
    assert ours[1].tolist() == [6, 7, 8, 9, 10, 11, 103, 104, 105]
    assert theirs.flatten().tolist() == [*range(18), *range(100, 109)]


def test_implicit_vectors_scale_the_outputs():
    head = make_head()
    feats = feature_maps()
    before = head(feats)
    for multiply in [*head.head_module.boxes_multiply, *head.head_module.keypoints_multiply]:
        multiply.vector.data *= 3
    for a, b in zip(before, head(feats)):
        torch.testing.assert_close(b, 3 * a, rtol=1e-4, atol=1e-5)


def test_starts_from_few_objects():
    module = YOLOPoseHeadModule(widen_factor=0.0625)
    module.init_weights()
    for conv, stride in zip(module.boxes, (8, 16, 32, 64)):
        objectness = conv.bias.view(3, 6)[:, 4].sigmoid()
        torch.testing.assert_close(
            objectness, torch.full((3,), 8 / (640 / stride) ** 2), rtol=0.15, atol=0
        )


def test_loss_falls_when_the_head_learns_one_person():
    head = make_head().train()
    head.criterion.scale_gains = False  # the objectness would count little in so small an image
    feats = feature_maps()
    optimiser = torch.optim.Adam(head.parameters(), lr=0.02)
    totals = []
    for _ in range(40):
        losses = head.loss(feats, [PERSON, NOBODY])
        total = sum(losses.values())
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        totals.append(total.item())
    assert totals[-1] < 0.3 * totals[0]


def test_images_without_people_cost_objectness_only_and_reach_every_parameter():
    head = make_head().train()
    losses = head.loss(feature_maps(), [NOBODY, NOBODY])
    assert {k for k, v in losses.items() if v > 0} == {'loss_obj'}
    sum(losses.values()).backward()
    assert all(p.grad is not None for p in head.parameters())


def test_unlabelled_keypoints_cost_nothing_but_their_visibility():
    head = make_head()
    feats = feature_maps()
    visible = torch.tensor([[1.0, 1.0, 0.0]])
    here = sample([[40, 30, 80, 110]], [[50, 40], [70, 60], [60, 100]], visible)
    there = sample([[40, 30, 80, 110]], [[50, 40], [70, 60], [0, 0]], visible)
    a, b = (head.loss(feats, [s, NOBODY]) for s in (here, there))
    assert a == b


def test_class_loss_only_with_several_classes():
    assert 'loss_cls' not in make_head().loss(feature_maps(), [PERSON, NOBODY])
    head = make_head(num_classes=2)
    first, second = (
        head.loss(
            feature_maps(),
            [sample([[40, 30, 80, 110]], [[50, 40], [70, 60], [60, 100]], labels=[i]), NOBODY],
        )
        for i in (0, 1)
    )
    assert first['loss_cls'] != second['loss_cls']
    assert first['loss_obj'] == second['loss_obj']


def test_contested_cells_take_the_better_fit():
    twice = sample([[40, 30, 80, 110], [42, 34, 84, 118]], [[50, 40]] * 6)
    swapped = sample([[42, 34, 84, 118], [40, 30, 80, 110]], [[50, 40]] * 6)
    head = make_head()
    results = {}
    for rule in ('max', 'last'):
        head.criterion.on_conflict = rule
        results[rule] = [
            head.loss(feature_maps(1), [s])['loss_obj'].item() for s in (twice, swapped)
        ]
    assert results['max'][0] == pytest.approx(results['max'][1], rel=1e-6)
    assert results['last'][0] != pytest.approx(results['last'][1], rel=1e-6)


def test_boxes_without_extent_are_left_out():
    flat = sample([[40, 30, 40, 110], [40, 30, 80, 110]], [[50, 40]] * 6)
    targets = make_head().collect_targets([flat, NOBODY, PERSON], 'cpu')
    assert targets.images.tolist() == [0, 2]
    assert targets.boxes[0].tolist() == [60, 70, 40, 80]


def test_sparse_prediction_equals_dense_decoding():
    head = make_head(num_classes=2)
    raws = head(feature_maps())
    dense = head.decode(raws)
    threshold = dense[..., 4].median().item() * 0.5
    found = postprocess.find_candidates(raws, head.anchors, 2, threshold)
    images = torch.arange(2).repeat_interleave(dense.shape[1])
    wanted = postprocess.to_candidates(dense.flatten(0, 1), images, 2, threshold, False)
    assert len(found.scores) > 10

    def ordered(candidates):
        order = np.lexsort((candidates.boxes[:, 0].numpy(), candidates.scores.numpy()))
        return [field[order] for field in candidates]

    with torch.no_grad():
        for a, b in zip(ordered(found), ordered(wanted)):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-3)


def test_nms_is_by_class_and_keeps_at_most_so_many():
    boxes = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10], [1, 0, 11, 10], [50, 50, 60, 60]])
    candidates = postprocess.Candidates(
        images=torch.tensor([0, 0, 0, 1]),
        boxes=boxes,
        scores=torch.tensor([0.9, 0.8, 0.7, 0.6]),
        labels=torch.tensor([0, 0, 1, 0]),
        keypoints=torch.zeros(4, 1, 2),
        visibilities=torch.zeros(4, 1),
    )
    first, second = postprocess.suppress(candidates, 2, nms_thr=0.5, nms_pre=10, max_per_img=10)
    assert first.scores.tolist() == pytest.approx([0.9, 0.7])
    assert second.scores.tolist() == pytest.approx([0.6])
    first, _ = postprocess.suppress(candidates, 2, nms_thr=0.5, nms_pre=10, max_per_img=1)
    assert len(first.scores) == 1


def predict(head, feats, samples, **cfg):
    with torch.no_grad():
        return head.predict(feats, samples, dict(score_thr=0.0005, nms_thr=0.6, **cfg))


def test_single_class_probability_is_an_option():
    head = make_head()
    plain = predict(head, feature_maps(), [PERSON] * 2)[0]
    head.single_class_score = True
    times_class = predict(head, feature_maps(), [PERSON] * 2)[0]
    assert times_class.scores.max() < plain.scores.max()


def test_nobody_found():
    result = make_head().predict(feature_maps(), [PERSON] * 2, dict(score_thr=0.9999))[0]
    assert result.keypoints.shape == (0, 3, 2)
    assert result.bboxes.shape == (0, 4)


def test_flip_test_turns_with_the_image():
    """Averaged over an image and its mirror image, a mirrored image gives mirrored people."""
    head = make_head()
    feats, mirrored = feature_maps(1), [f.flip(3) for f in feature_maps(1)]
    there = predict(head, [feats, mirrored], [PERSON], flip_test=True)[0]
    back = predict(head, [mirrored, feats], [PERSON], flip_test=True)[0]
    assert len(there.scores) == len(back.scores) > 3
    np.testing.assert_allclose(there.scores, back.scores, rtol=1e-5)
    keypoints = back.keypoints[:, FLIP]
    keypoints[..., 0] = 192 - 1 - keypoints[..., 0]
    np.testing.assert_allclose(there.keypoints, keypoints, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(there.keypoint_scores, back.keypoint_scores[:, FLIP], rtol=1e-5)


def test_wrong_number_of_sigmas():
    with pytest.raises(ValueError, match='2 sigmas for 3 keypoints'):
        YOLOPoseHead(num_keypoints=3, sigmas=[0.1, 0.1])
