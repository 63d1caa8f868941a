import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmpose_lrfg.models.task_modules import (
    decode_boxes,
    decode_keypoints,
    encode_boxes,
    encode_keypoints,
)

CELL, ANCHOR = torch.tensor([3.0, 5.0]), torch.tensor([20.0, 40.0])


def test_zero_decodes_to_the_middle_of_the_cell_and_the_anchor():
    assert decode_boxes(torch.zeros(4), CELL, ANCHOR, 8).tolist() == [28, 44, 20, 40]
    points, visible = decode_keypoints(torch.zeros(1, 3), CELL, 8)
    assert (points.tolist(), visible.tolist()) == ([[20, 36]], [0.5])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), stride=st.sampled_from([1, 8, 64]))
def test_encode_is_the_inverse(seed, stride):
    generator = torch.Generator().manual_seed(seed)
    raw = 2 * torch.randn(9, 4, generator=generator)
    cell = torch.randint(0, 20, (9, 2), generator=generator).float()
    anchor = 50 * torch.rand(9, 2, generator=generator) + 5
    again = encode_boxes(decode_boxes(raw, cell, anchor, stride), cell, anchor, stride)
    torch.testing.assert_close(again, raw, rtol=1e-3, atol=1e-3)
    raw = torch.randn(9, 17, 3, generator=generator)
    again = encode_keypoints(*decode_keypoints(raw, cell, stride), cell, stride)
    torch.testing.assert_close(again, raw, rtol=1e-3, atol=1e-3)


def test_range_of_boxes_and_the_nearest_of_what_cannot_be_reached():
    box = decode_boxes(torch.tensor([-50.0, 50.0, -50.0, 50.0]), CELL, ANCHOR, 8)
    torch.testing.assert_close(box, torch.tensor([2.5 * 8, 6.5 * 8, 0.0, 160.0]))
    raw = encode_boxes(torch.tensor([1000.0, 44, 20, 1e6]), CELL, ANCHOR, 8)
    assert torch.isfinite(raw).all()
    box = decode_boxes(raw, CELL, ANCHOR, 8)
    torch.testing.assert_close(box, torch.tensor([4.5 * 8, 44, 20, 160]), rtol=1e-4, atol=1e-3)
