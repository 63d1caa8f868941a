"""Heatmaps and tag positions, recomputed by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmpose_lrfg.models.task_modules import MultiScaleAssociativeEmbedding

WIDTH, HEIGHT = 64, 48
WITHIN = st.tuples(
    st.floats(0, WIDTH, exclude_max=True, width=32, allow_subnormal=False),
    st.floats(0, HEIGHT, exclude_max=True, width=32, allow_subnormal=False),
)


def make_codec():
    return MultiScaleAssociativeEmbedding((WIDTH, HEIGHT), strides=(4, 2), sigma=2)


@settings(max_examples=30, deadline=None)
@given(st.lists(WITHIN, min_size=1, max_size=4))
def test_a_keypoint_is_in_its_cell_on_all_scales(points):
    keypoints = np.array(points, np.float32)[:, None]  # people of one keypoint
    encoded = make_codec().encode(keypoints)
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


def test_an_image_without_people():
    encoded = make_codec().encode(np.zeros((0, 3, 2), np.float32))
    assert [h.shape for h in encoded['heatmaps']] == [(3, 12, 16), (3, 24, 32)]
    assert encoded['keypoint_indices'].shape == (0, 3, 2)


def test_a_stride_that_does_not_divide_the_input_is_refused():
    with pytest.raises(ValueError, match=r'\(64, 50\) is not a multiple'):
        MultiScaleAssociativeEmbedding((64, 50))
