"""Layers, losses and aggregation of HigherHRNet against OpenCV and NumPy; perfect outputs."""

import cv2
import numpy as np
import pytest
import torch
from higherhrnet import mirrored, perfect_outputs
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from mmpose.structures import MultilevelPixelData, PoseDataSample

FLIP = [1, 0, 2]
SIZE = (128, 96)  # width, height


def make_head(size=SIZE, **kwargs):
    torch.manual_seed(0)
    codec = dict(
        type='MultiScaleAssociativeEmbedding',
        input_size=size,
        decode_keypoint_order=[0, 1, 2],
        decode_center_shift=0.5,
    )
    cfg = dict(in_channels=4, num_keypoints=3, deconv_channels=(6,), num_blocks=1, decoder=codec)
    head = MODELS.build({**dict(type='HigherHRHead'), **cfg, **kwargs})
    head.init_weights()
    return head


def test_shapes_of_the_outputs():
    head = make_head(deconv_channels=(6, 5))
    # Of a backbone with several maps, the finest.
    heatmaps, found = head([torch.rand(2, 4, 8, 12), torch.rand(2, 8, 4, 6)])
    assert [tuple(h.shape) for h in heatmaps] == [(2, 3, 8, 12), (2, 3, 16, 24), (2, 3, 32, 48)]
    assert found.shape == (2, 3, 8, 12)


def enlarge(maps, factor):
    """Upsample (H, W) bilinearly; cell centres stay, the border is repeated."""
    return cv2.resize(maps, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)


def test_aggregation_is_that_of_opencv():
    rng = np.random.default_rng(0)
    coarse, fine, tags = (rng.random((6 * f, 8 * f)) for f in (1, 2, 1))
    as_maps = [torch.from_numpy(a)[None, None] for a in (coarse, fine, tags)]
    head = make_head()
    mean, large = head.aggregate(as_maps[:2], as_maps[2], (24, 32))
    np.testing.assert_allclose(mean[0, 0], enlarge((enlarge(coarse, 2) + fine) / 2, 2), atol=1e-12)
    np.testing.assert_allclose(large[0, 0], enlarge(enlarge(tags, 2), 2), atol=1e-12)
    mean, large = head.aggregate(as_maps[:2], as_maps[2], (12, 16))
    np.testing.assert_allclose(mean[0, 0], (enlarge(coarse, 2) + fine) / 2, atol=1e-12)


def annotated(people, seed, masked=True):
    """Make a sample of ``people`` with targets for features of (4, 6, 8)."""
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, 48, (people, 3))
    seen = rng.integers(0, 2, (people, 3))
    seen[:, 0] = 1
    fields = MultilevelPixelData()
    shapes = [(6, 8), (12, 16)]
    heatmaps = [torch.from_numpy(rng.random((3, *s), np.float32)) for s in shapes]
    fields.set_field(heatmaps, 'heatmaps')
    if masked:
        fields.set_field([torch.from_numpy(rng.random(s) > 0.3) for s in shapes], 'heatmap_mask')
    labels = InstanceData(keypoint_indices=torch.from_numpy(np.stack([cells, seen], axis=-1)))
    return PoseDataSample(gt_fields=fields, gt_instance_labels=labels)


def tag_losses(tags, indices):
    """Newell et al., section 3.2, of one image: tags (K, H W), indices (N, K, 2)."""
    means, pull = [], 0
    for person in indices:
        own = np.array([tags[k, cell] for k, (cell, seen) in enumerate(person) if seen])
        means.append(own.mean())
        pull += ((own - own.mean()) ** 2).mean()
    count = len(means)
    push = sum(np.exp(-((a - b) ** 2)) for a in means for b in means)
    return pull / count, push / (count * (count - 1)) / 2 if count > 1 else 0


def test_losses_are_those_of_the_papers():
    head = make_head(tag_loss=dict(type='AssociativeEmbeddingLoss', loss_weight=0.1))
    samples = [annotated(3, seed=1), annotated(1, seed=2)]
    with torch.no_grad():
        for conv in head.final_layers:
            conv.weight.mul_(500)  # the initial ones differ too little to tell errors
    feats = [torch.randn(2, 4, 6, 8)]
    heatmaps, tags = head(feats)
    losses = head.loss(feats, samples)
    assert set(losses) == {'loss_kpt_0', 'loss_kpt_1', 'loss_pull', 'loss_push'}
    for level in (0, 1):
        squares = [
            (found - s.gt_fields[level].heatmaps) ** 2 * s.gt_fields[level].heatmap_mask
            for found, s in zip(heatmaps[level], samples)
        ]
        expected = torch.stack(squares).mean().item()
        assert losses[f'loss_kpt_{level}'].item() == pytest.approx(expected, rel=1e-5)
    each = [
        tag_losses(t.reshape(3, -1), s.gt_instance_labels.keypoint_indices.numpy())
        for t, s in zip(tags.detach().numpy(), samples)
    ]
    pull, push = 0.1 * np.mean(each, axis=0)
    assert pull > 1e-4
    assert losses['loss_pull'].item() == pytest.approx(pull, rel=1e-4)
    assert losses['loss_push'].item() == pytest.approx(push, rel=1e-4)


def test_images_without_people_and_without_masks_can_be_learnt():
    head = make_head().train()
    losses = head.loss([torch.randn(2, 4, 6, 8)], [annotated(0, 1, False), annotated(0, 2, False)])
    assert losses['loss_pull'] == losses['loss_push'] == 0
    sum(losses.values()).backward()
    assert all(p.grad is not None for p in head.parameters())


def test_scores_and_tags_of_the_mirror_image_count_too():
    people = [[[20, 20], [33.3, 41.7], [25.9, 70]], [[90, 25], [103, 50.2], [96.4, 77]]]
    outputs = perfect_outputs(people, SIZE)
    heatmaps, tags = mirrored(outputs, FLIP)
    waiting = [outputs, ([0.5 * h for h in heatmaps], tags + 3)]
    head = make_head()
    head.forward = lambda feats: waiting.pop(0)
    here = PoseDataSample(metainfo=dict(flip_indices=FLIP, batch_input_shape=SIZE[::-1]))
    cfg = dict(flip_test=True, output_heatmaps=True)
    (found,), (maps,) = head.predict([None, None], [here], cfg)
    alone = head.aggregate(*outputs, SIZE[::-1])[0][0]
    torch.testing.assert_close(maps.heatmaps, 0.75 * alone)
    assert maps.tags.shape == (6, *SIZE[::-1])
    torch.testing.assert_close(maps.tags[3:], maps.tags[:3] + 3)
    assert len(found.keypoints) == 2


def test_a_decoder_of_smaller_heatmaps_is_refused():
    decoder = dict(type='AssociativeEmbedding', input_size=(64, 64), heatmap_size=(16, 16))
    with pytest.raises(ValueError, match='heatmap_size equal to input_size'):
        make_head(decoder=decoder)
