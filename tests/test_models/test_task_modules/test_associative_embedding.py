"""Heatmaps and tag positions, recomputed by hand; what is encoded is decoded."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmpose.registry import TRANSFORMS

from mmpose_lrfg.models.task_modules import MultiScaleAssociativeEmbedding

WIDTH, HEIGHT = 64, 48
WITHIN = st.tuples(
    st.floats(0, WIDTH, exclude_max=True, width=32, allow_subnormal=False),
    st.floats(0, HEIGHT, exclude_max=True, width=32, allow_subnormal=False),
)


def make_codec(**kwargs):
    return MultiScaleAssociativeEmbedding((WIDTH, HEIGHT), sigma=2, **kwargs)


@settings(max_examples=30, deadline=None)
@given(st.lists(WITHIN, min_size=1, max_size=4))
def test_a_keypoint_is_in_its_cell_on_all_scales(points):
    keypoints = np.array(points, np.float32)[:, None]  # people of one keypoint
    encoded = make_codec(strides=(4, 2)).encode(keypoints)
    for stride, heatmaps in zip((4, 2), encoded['heatmaps']):
        assert heatmaps.shape == (1, HEIGHT // stride, WIDTH // stride)
        y, x = np.mgrid[: heatmaps.shape[1], : heatmaps.shape[2]]
        expected = np.zeros_like(heatmaps[0])
        for column, row in np.floor(keypoints[:, 0] / stride):
            bell = np.exp(-((x - column) ** 2 + (y - row) ** 2) / 8)
            near = (abs(x - column) <= 6) & (abs(y - row) <= 6)  # cut off at three sigma
            expected = np.maximum(expected, bell * near)
        np.testing.assert_allclose(heatmaps[0], expected, atol=1e-6)
    cells = np.floor(keypoints / 4).astype(int)
    np.testing.assert_array_equal(
        encoded['keypoint_indices'][..., 0], cells[..., 1] * 16 + cells[..., 0]
    )
    assert (encoded['keypoint_indices'][..., 1] == 1).all()


def test_what_is_outside_or_not_labelled_leaves_nothing():
    keypoints = np.array([[[-0.5, 5], [5, -0.5], [WIDTH, 5], [5, HEIGHT], [9, 9]]], np.float32)
    encoded = make_codec().encode(keypoints, np.array([[1, 1, 1, 1, 0]], np.float32))
    assert not any(heatmaps.any() for heatmaps in encoded['heatmaps'])
    assert not encoded['keypoint_indices'][..., 1].any()


def test_nobody_is_encoded_and_nobody_is_found():
    codec = make_codec(decode_keypoint_order=list(range(3)))
    encoded = codec.encode(np.zeros((0, 3, 2), np.float32))
    assert [h.shape for h in encoded['heatmaps']] == [(3, 12, 16), (3, 24, 32)]
    assert encoded['keypoint_indices'].shape == (0, 3, 2)
    maps = torch.zeros(1, 3, HEIGHT, WIDTH)
    (keypoints,), (scores,), (people,) = codec.batch_decode(maps, maps)
    assert keypoints.shape == (0, 3, 2) and scores.shape == (0, 3) and people.shape == (0,)


def test_what_training_needs_is_packed():
    codec = dict(type='MultiScaleAssociativeEmbedding', input_size=(WIDTH, HEIGHT))
    results = dict(
        img=np.zeros((HEIGHT, WIDTH, 3), np.uint8),
        img_shape=(HEIGHT, WIDTH),
        input_size=(WIDTH, HEIGHT),
        warp_mat=np.eye(2, 3, dtype=np.float32),
        keypoints=np.full((2, 17, 2), 9, np.float32),
        keypoints_visible=np.ones((2, 17), np.float32),
        invalid_segs=[[[0, 0, 32, 0, 32, 48, 0, 48]]],  # the left half
    )
    steps = [dict(type='GenerateTarget', encoder=codec)]
    steps += [dict(type='BottomupGetHeatmapMask'), dict(type='PackPoseInputs')]
    for step in steps:
        results = TRANSFORMS.build(step)(results)
    sample = results['data_samples']
    assert sample.gt_instance_labels.keypoint_indices.shape == (2, 17, 2)
    for level, stride in enumerate((4, 2)):
        fields, shape = sample.gt_fields[level], (HEIGHT // stride, WIDTH // stride)
        assert fields.heatmaps.shape == (17, *shape) and fields.heatmap_mask.shape == shape
        assert not fields.heatmap_mask[..., : shape[1] // 2 - 1].any()
        assert fields.heatmap_mask[..., shape[1] // 2 + 1 :].all()


def test_a_stride_that_does_not_divide_the_input_is_refused():
    with pytest.raises(ValueError, match=r'\(64, 50\) is not a multiple'):
        MultiScaleAssociativeEmbedding((64, 50))
