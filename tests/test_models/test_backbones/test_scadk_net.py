import pytest
import torch
from mmpose.models.utils.csp_layer import CSPLayer

from mmpose_lrfg.models.backbones import SCADKNet
from mmpose_lrfg.models.layers import FGCSPP, SCACSPLayer

NANO = dict(deepen_factor=0.33, widen_factor=0.0625)


def test_outputs_have_the_strides_of_p3_to_p6():
    outs = SCADKNet(**NANO)(torch.zeros(2, 3, 64, 128))
    shapes = [(2, 16, 8, 16), (2, 32, 4, 8), (2, 48, 2, 4), (2, 64, 1, 2)]
    assert [tuple(o.shape) for o in outs] == shapes


@pytest.mark.parametrize('stages', [(), (5,), (4, 5), (1, 2, 3, 4, 5)])
def test_sca_stands_in_the_stages_that_are_named(stages):
    net = SCADKNet(**NANO, sca_stages=stages)
    for index in range(1, 6):
        kind = SCACSPLayer if index in stages else CSPLayer
        assert type(getattr(net, f'stage{index}')[-1]) is kind


def test_lite_stem_and_spp_inside_the_last_stage():
    net = SCADKNet(**NANO, stem='conv3x2', spp=dict(type='FGCSPP')).eval()
    assert [c.out_channels for c in net.stem] == [12, 8]
    assert isinstance(net.stage5[1], FGCSPP) and len(net.stage4) == 2
    images = torch.zeros(1, 3, 64, 64)
    assert net.stem(images).shape == (1, 8, 32, 32) and net(images)[-1].shape == (1, 64, 1, 1)


def test_channels_last_changes_the_layout_only():
    torch.manual_seed(0)
    net = SCADKNet(**NANO).eval()
    x = torch.randn(1, 3, 64, 64)
    last = net(x)
    net.memory_format = torch.contiguous_format
    assert last[0].is_contiguous(memory_format=torch.channels_last)
    for a, b in zip(last, net(x)):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    'wrong', [dict(sca_stages=(6,)), dict(out_indices=(0,)), dict(stem='focus')]
)
def test_wrong_arguments_are_named(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SCADKNet(**NANO, **wrong)
