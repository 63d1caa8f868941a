"""Every layer against the arithmetic of its paper, written out without modules."""

import pytest
import torch
import torch.nn.functional as F

from mmpose_lrfg.models.layers import (
    FGCSPP,
    SPP,
    CoordinateAttention,
    GhostModule,
    ImplicitAdd,
    ImplicitMultiply,
    SCABlock,
    SCACSPLayer,
)
from mmpose_lrfg.models.layers.defaults import scale_depth, scale_width


def parameters(module):
    return sum(p.numel() for p in module.parameters())


def conv_bn_act(module, x):
    """What a ConvModule in evaluation mode computes, step by step."""
    conv, bn = module.conv, module.bn
    y = F.conv2d(x, conv.weight, conv.bias, conv.stride, conv.padding, groups=conv.groups)
    scale = bn.weight / (bn.running_var + bn.eps).sqrt()
    return module.activate(
        y * scale[:, None, None] + (bn.bias - bn.running_mean * scale)[:, None, None]
    )


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def randomise(module):
    for m in module.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.running_mean.uniform_(-1, 1)
            m.running_var.uniform_(0.5, 2)
    return module.eval()


# Parameters of the paper's sizes, which reproduce its Table 1.
@pytest.mark.parametrize(
    ('module', 'count'),
    [
        (SPP(512, 512), 656_896),
        (FGCSPP(512, 512), 7_085_056),
        (CoordinateAttention(192), 28_176),
        (CoordinateAttention(256), 49_856),
        (GhostModule(512, 384), 103_872),
        (GhostModule(384, 384, 3, 2), 669_120),
        (ImplicitAdd(128), 128),
        (ImplicitMultiply(153), 153),
    ],
)
def test_parameter_counts(module, count):
    assert parameters(module) == count


def test_coordinate_attention_is_eq_1_to_5():
    layer = randomise(CoordinateAttention(32, reduction=4))
    x = torch.randn(2, 32, 5, 7)
    along_width, along_height = x.sum(3) / 7, x.sum(2) / 5  # eq. 1 and 2
    joint = torch.cat([along_width, along_height], dim=2)[..., None]
    f = conv_bn_act(layer.shared, joint)[..., 0]  # eq. 3
    rows = torch.sigmoid(F.conv1d(f[..., :5], layer.rows.weight[..., 0], layer.rows.bias))
    columns = torch.sigmoid(F.conv1d(f[..., 5:], layer.columns.weight[..., 0], layer.columns.bias))
    wanted = torch.einsum('nchw,nch,ncw->nchw', x, rows, columns)  # eq. 4 and 5
    torch.testing.assert_close(layer(x), wanted, rtol=1e-5, atol=1e-6)


def test_coordinate_attention_sees_along_rows_and_columns_only():
    layer = randomise(CoordinateAttention(16))
    x = torch.randn(1, 16, 8, 8)
    moved = x.clone()
    moved[..., 2, 5] += 1
    changed = (layer(x) - layer(moved)).abs().amax(dim=(0, 1)) > 1e-6
    wanted = torch.zeros(8, 8, dtype=torch.bool)
    wanted[2, :] = wanted[:, 5] = True
    assert torch.equal(changed, wanted)


def test_sca_block_adds_its_input_back():
    block = randomise(SCABlock(16))
    x = torch.randn(1, 16, 4, 4)
    torch.testing.assert_close(block(x), x + block.attention(conv_bn_act(block.conv, x)))


def test_sca_csp_layer_keeps_the_frame():
    layer = randomise(SCACSPLayer(16, 24))
    x = torch.randn(1, 16, 4, 4)
    main = layer.blocks(conv_bn_act(layer.main_conv, x))
    wanted = conv_bn_act(
        layer.final_conv, torch.cat([main, conv_bn_act(layer.short_conv, x)], dim=1)
    )
    torch.testing.assert_close(layer(x), wanted)
    assert wanted.shape == (1, 24, 4, 4)
    assert isinstance(layer.blocks[0], SCABlock)
    assert len(layer.blocks) == 1


def test_spp_pools_side_by_side():
    layer = randomise(SPP(8, 6))
    x = torch.randn(1, 8, 9, 9)
    reduced = conv_bn_act(layer.reduce, x)
    pools = [F.max_pool2d(reduced, k, 1, k // 2) for k in (3, 5, 7)]
    wanted = conv_bn_act(layer.expand, torch.cat([reduced, *pools], dim=1))
    torch.testing.assert_close(layer(x), wanted)


def test_fgcspp_cascade_equals_wider_pools():
    """Three 5x5 pools in a row see what single pools of 5, 9 and 13 see."""
    layer = randomise(FGCSPP(8, 6))
    x = torch.randn(1, 8, 15, 15)
    y = x
    for conv in layer.before:
        y = conv_bn_act(conv, y)
    y = torch.cat([y, *(F.max_pool2d(y, k, 1, k // 2) for k in (5, 9, 13))], dim=1)
    for conv in layer.after:
        y = conv_bn_act(conv, y)
    residual = conv_bn_act(layer.residual, x)
    wanted = conv_bn_act(layer.fuse, torch.cat([y, residual], dim=1))
    torch.testing.assert_close(layer(x), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(('kernel', 'stride'), [(1, 1), (3, 2)])
def test_ghost_module_makes_half_of_its_maps_cheaply(kernel, stride):
    layer = randomise(GhostModule(6, 8, kernel, stride))
    x = torch.randn(1, 6, 8, 8)
    primary = conv_bn_act(layer.primary, x)
    wanted = torch.cat([primary, conv_bn_act(layer.cheap, primary)], dim=1)
    torch.testing.assert_close(layer(x), wanted)
    assert wanted.shape == (1, 8, 8 // stride, 8 // stride)
    assert layer.cheap.conv.groups == 4


def test_ghost_module_refuses_an_odd_number_of_channels():
    with pytest.raises(ValueError, match='even number of channels, not 7'):
        GhostModule(6, 7)


def test_implicit_vectors_are_learnt_and_do_not_depend_on_the_input():
    x = torch.randn(2, 3, 4, 4)
    add, multiply = ImplicitAdd(3), ImplicitMultiply(3)
    torch.testing.assert_close(add(x) - x, add.vector.expand_as(x), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(multiply(torch.ones_like(x)), multiply.vector.expand_as(x))
    assert abs(add.vector.mean()) < 0.1
    assert abs(multiply.vector.mean() - 1) < 0.1
    multiply(add(x)).sum().backward()
    assert add.vector.grad.abs().min() > 0
    assert multiply.vector.grad.abs().min() > 0


def test_scaling_of_widths_and_depths():
    assert [scale_width(c, 0.25) for c in (64, 768, 20)] == [16, 192, 8]
    assert [scale_depth(n, 0.33) for n in (1, 3, 9)] == [1, 1, 3]
