import pytest
import torch
import torch.nn.functional as F
from layer_arithmetic import conv_bn_act, randomise

from mmpose_lrfg.benchmark.complexity import count_parameters
from mmpose_lrfg.models.layers import FGCSPP, SPP


@pytest.mark.parametrize(('layer', 'count'), [(SPP, 656_896), (FGCSPP, 7_085_056)])
def test_parameters_of_the_paper(layer, count):
    assert count_parameters(layer(512, 512)) == count


def test_spp_has_parallel_pools():
    layer = randomise(SPP(8, 6))
    x = torch.randn(1, 8, 9, 9)
    reduced = conv_bn_act(layer.reduce, x)
    pools = [F.max_pool2d(reduced, k, 1, k // 2) for k in (3, 5, 7)]
    expected = conv_bn_act(layer.expand, torch.cat([reduced, *pools], dim=1))
    torch.testing.assert_close(layer(x), expected)


def test_cascaded_pools_of_fgcspp_equal_wider_parallel_ones():
    torch.manual_seed(0)
    layer = randomise(FGCSPP(8, 6)).double()
    x = torch.randn(1, 8, 15, 15).double()
    y = x
    for conv in layer.before:
        y = conv_bn_act(conv, y)
    y = torch.cat([y, *(F.max_pool2d(y, k, 1, k // 2) for k in (5, 9, 13))], dim=1)
    for conv in layer.after:
        y = conv_bn_act(conv, y)
    expected = conv_bn_act(layer.fuse, torch.cat([y, conv_bn_act(layer.residual, x)], dim=1))
    torch.testing.assert_close(layer(x), expected)
