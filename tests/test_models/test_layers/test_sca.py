import pytest
import torch
import torch.nn.functional as F
from layer_arithmetic import conv_bn_act, randomise

from mmpose_lrfg.benchmark.complexity import count_parameters
from mmpose_lrfg.models.layers import CoordinateAttention, SCABlock, SCACSPLayer


@pytest.mark.parametrize(('channels', 'count'), [(192, 28_176), (256, 49_856)])
def test_parameters_of_the_paper(channels, count):
    assert count_parameters(CoordinateAttention(channels)) == count


def test_coordinate_attention_is_eq_1_to_5():
    layer = randomise(CoordinateAttention(32, reduction=4))
    x = torch.randn(2, 32, 5, 7)
    along_width, along_height = x.sum(3) / 7, x.sum(2) / 5  # eq. 1 and 2
    joint = torch.cat([along_width, along_height], dim=2)[..., None]
    f = conv_bn_act(layer.conv_reduce, joint)[..., 0]  # eq. 3
    a_h = F.conv1d(f[..., :5], layer.conv_h.weight[..., 0], layer.conv_h.bias).sigmoid()
    a_w = F.conv1d(f[..., 5:], layer.conv_w.weight[..., 0], layer.conv_w.bias).sigmoid()
    expected = torch.einsum('nchw,nch,ncw->nchw', x, a_h, a_w)  # eq. 4 and 5
    torch.testing.assert_close(layer(x), expected, rtol=1e-5, atol=1e-6)


def test_sca_block_adds_its_input():
    block = randomise(SCABlock(16))
    x = torch.randn(1, 16, 4, 4)
    torch.testing.assert_close(block(x), x + block.attention(conv_bn_act(block.conv, x)))


def test_sca_csp_layer_is_a_c3_layer_with_one_sca_block():
    layer = randomise(SCACSPLayer(16, 24))
    x = torch.randn(1, 16, 4, 4)
    (block,) = layer.blocks
    assert isinstance(block, SCABlock)
    main = block(conv_bn_act(layer.main_conv, x))
    joint = torch.cat([main, conv_bn_act(layer.short_conv, x)], dim=1)
    found = layer(x)
    torch.testing.assert_close(found, conv_bn_act(layer.final_conv, joint))
    assert found.shape == (1, 24, 4, 4)
