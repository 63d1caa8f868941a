import pytest
import torch
from layer_arithmetic import conv_bn_act, randomise

from mmpose_lrfg.benchmark.complexity import count_parameters
from mmpose_lrfg.models.layers import GhostModule


@pytest.mark.parametrize(('args', 'count'), [((512, 384), 103_872), ((384, 384, 3, 2), 669_120)])
def test_parameters_of_the_paper(args, count):
    assert count_parameters(GhostModule(*args)) == count


@pytest.mark.parametrize(('kernel', 'stride'), [(1, 1), (3, 2)])
def test_half_of_the_output_is_depthwise(kernel, stride):
    layer = randomise(GhostModule(6, 8, kernel, stride))
    x = torch.randn(1, 6, 8, 8)
    primary = conv_bn_act(layer.primary_conv, x)
    expected = torch.cat([primary, conv_bn_act(layer.cheap_operation, primary)], dim=1)
    torch.testing.assert_close(layer(x), expected)
    assert expected.shape == (1, 8, 8 // stride, 8 // stride)
    assert layer.cheap_operation.conv.groups == 4


def test_an_odd_number_of_channels():
    with pytest.raises(ValueError, match='even, got 7'):
        GhostModule(6, 7)
