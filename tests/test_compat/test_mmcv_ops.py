"""mmcv's operators on the stand-in, against independent references."""

import importlib

import mmcv.ops
import numpy as np
import pytest
import torch
import torch.nn.functional as F
import torchvision
from mmcv.ops.multi_scale_deform_attn import (
    MultiScaleDeformableAttnFunction,
    multi_scale_deformable_attn_pytorch,
)
from torch.autograd import gradcheck

from mmpose_lrfg.utils.errors import UserError

without_compiled_ops = pytest.mark.skipif(
    'mmcv_ext' not in importlib.import_module('mmcv._ext').__file__,
    reason='the compiled mmcv is installed',
)


@pytest.fixture(autouse=True)
def same_numbers_every_time():
    torch.manual_seed(0)


def boxes_and_scores(number):
    corner, size = torch.rand(number, 2) * 40, torch.rand(number, 2) * 30
    return torch.cat([corner, corner + size], dim=1), torch.rand(number)


def greedy(boxes, scores, threshold, offset):
    """Non-maximum suppression as the textbook has it."""
    kept = []
    for i in sorted(range(len(scores)), key=lambda i: -scores[i]):
        if all(iou(boxes[i], boxes[j], offset) <= threshold for j in kept):
            kept.append(i)
    return kept


def iou(a, b, offset=0):
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]) + offset)
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]) + offset)
    areas = [(box[2] - box[0] + offset) * (box[3] - box[1] + offset) for box in (a, b)]
    return width * height / (sum(areas) - width * height)


@pytest.mark.parametrize('offset', [0, 1])
@pytest.mark.parametrize('threshold', [0.2, 0.6])
def test_nms_is_greedy(offset, threshold):
    boxes, scores = boxes_and_scores(40)
    dets, kept = mmcv.ops.nms(boxes, scores, threshold, offset=offset)
    assert kept.tolist() == greedy(boxes.tolist(), scores.tolist(), threshold, offset)
    assert torch.equal(dets, torch.cat([boxes[kept], scores[kept, None]], dim=1))
    if offset == 0:
        assert torch.equal(kept, torchvision.ops.nms(boxes, scores, threshold))


def test_nms_takes_numpy_halves_limits_and_nothing():
    boxes, scores = boxes_and_scores(20)
    _, kept = mmcv.ops.nms(boxes.numpy(), scores.numpy(), 0.5, score_threshold=0.3, max_num=4)
    assert isinstance(kept, np.ndarray) and len(kept) == 4
    above = [i for i in greedy(boxes.tolist(), scores.tolist(), 0.5, 0) if scores[i] > 0.3]
    assert kept.tolist() == above[:4]
    for dtype in (torch.float16, torch.bfloat16):
        rounded, rough = boxes.to(dtype), scores.to(dtype)
        expected = torchvision.ops.nms(rounded.float(), rough.float(), 0.5)
        assert torch.equal(mmcv.ops.nms(rounded, rough, 0.5)[1], expected)
    dets, kept = mmcv.ops.nms(boxes[:0], scores[:0], 0.5)
    assert dets.shape == (0, 5) and kept.shape == (0,)


# Uneven strides, paddings and dilations, two groups and two offset groups.
GEOMETRY = {'stride': (2, 1), 'padding': (1, 2), 'dilation': (1, 2), 'groups': 2}


def deform_inputs(dtype):
    """Inputs whose samples stay off the grid, where bilinear sampling has no derivative."""
    x = torch.randn(2, 4, 5, 6, dtype=dtype)
    weight = torch.randn(4, 2, 3, 2, dtype=dtype)
    shape = F.conv2d(x, weight, **GEOMETRY).shape[2:]
    # 2 offset groups, 3 x 2 kernel, y and x.
    return x, torch.rand(2, 2 * 3 * 2 * 2, *shape, dtype=dtype) * 0.6 + 0.2, weight


def plain(x, offset, weight):
    return mmcv.ops.deform_conv2d(x, offset, weight, *GEOMETRY.values(), 2)


def test_deform_conv_without_offsets_is_a_convolution():
    x, offset, weight = deform_inputs(torch.float32)
    expected = F.conv2d(x, weight, **GEOMETRY)
    torch.testing.assert_close(plain(x, offset * 0, weight), expected)
    half = plain(x.half(), (offset * 0).half(), weight.half())
    assert half.dtype is torch.float16
    torch.testing.assert_close(half.float(), expected, atol=0.05, rtol=0.01)


def test_deform_conv_offsets_are_rows_then_columns():
    x = torch.randn(1, 1, 6, 6)
    offset = torch.zeros(1, 2, 6, 6)
    offset[:, 0] = 2  # two rows down
    moved = mmcv.ops.deform_conv2d(x, offset, torch.ones(1, 1, 1, 1))
    torch.testing.assert_close(moved[..., :4, :], x[..., 2:, :])
    assert not moved[..., 4:, :].any()


def test_deform_conv_gradients():
    inputs = [t.requires_grad_() for t in deform_inputs(torch.float64)]
    assert gradcheck(plain, inputs, fast_mode=True)


@pytest.mark.parametrize('aligned', [True, False])
def test_roi_align(aligned):
    x = torch.randn(2, 3, 8, 8, dtype=torch.float64, requires_grad=True)
    rois = torch.tensor([[0, 1, 2, 9, 11], [1, 0, 0, 15, 15], [1, 3, 3, 4, 4]]).double()
    layer = mmcv.ops.RoIAlign((2, 3), 0.5, 2, aligned=aligned)
    expected = torchvision.ops.roi_align(x, rois, (2, 3), 0.5, 2, aligned)
    torch.testing.assert_close(layer(x, rois), expected)
    assert gradcheck(lambda x: layer(x, rois), (x,), fast_mode=True)


@without_compiled_ops
def test_roi_align_has_no_maximum():
    with pytest.raises(UserError, match="pool_mode='max'"):
        mmcv.ops.RoIAlign(2, pool_mode='max')(torch.randn(1, 1, 4, 4), torch.zeros(1, 5))


def test_deformable_attention():
    """The forward is mmcv's own function; the arguments and the gradients are ours."""
    shapes, starts = torch.tensor([[4, 6], [2, 3]]), torch.tensor([0, 24])
    value = torch.randn(2, 30, 2, 3, dtype=torch.float64)
    where = torch.rand(2, 5, 2, 2, 4, 2, dtype=torch.float64) * 1.2 - 0.1  # some lie outside
    weights = torch.rand(2, 5, 2, 2, 4, dtype=torch.float64)
    learnt = [tensor.requires_grad_() for tensor in (value, where, weights)]
    expected = multi_scale_deformable_attn_pytorch(value, shapes, where, weights)
    out = MultiScaleDeformableAttnFunction.apply(value, shapes, starts, where, weights, 64)
    torch.testing.assert_close(out, expected)
    slope = torch.randn_like(out)
    gradients = [torch.autograd.grad(each, learnt, slope) for each in (out, expected)]
    torch.testing.assert_close(*gradients)


@without_compiled_ops
def test_other_operators_say_what_is_missing():
    with pytest.raises(UserError, match=r'sigmoid_focal_loss_forward .* "mim install mmcv"'):
        mmcv.ops.sigmoid_focal_loss(torch.rand(2, 3), torch.tensor([0, 1]))
