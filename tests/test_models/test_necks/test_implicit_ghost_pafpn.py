import pytest
import torch
from mmcv.cnn import ConvModule

from mmpose_lrfg.models.layers import FGCSPP, SPP, GhostModule, ImplicitAdd
from mmpose_lrfg.models.necks import ImplicitGhostPAFPN

NANO = dict(deepen_factor=0.33, widen_factor=0.0625)
CHANNELS = (16, 32, 48, 64)


def maps(batch=2, size=64):
    torch.manual_seed(0)
    return [torch.randn(batch, c, size // s, size // s) for c, s in zip(CHANNELS, (8, 16, 32, 64))]


@pytest.mark.parametrize('ghost', [True, False])
@pytest.mark.parametrize('spp', [dict(type='FGCSPP'), dict(type='SPP'), None])
def test_outputs_have_the_shapes_of_the_inputs(ghost, spp):
    neck = ImplicitGhostPAFPN(**NANO, ghost=ghost, spp=spp, implicit=ghost)
    inputs = maps()
    assert [o.shape for o in neck(inputs)] == [i.shape for i in inputs]


def test_options_choose_the_layers():
    neck = ImplicitGhostPAFPN(**NANO)
    assert isinstance(neck.spp, FGCSPP)
    convs = [*neck.reduce_layers, *neck.downsample_layers]
    assert all(isinstance(m, GhostModule) for m in convs)
    assert [m.vector.shape[1] for m in neck.implicit] == list(CHANNELS)
    plain = ImplicitGhostPAFPN(**NANO, ghost=False, implicit=False, spp=dict(type='SPP'))
    assert isinstance(plain.spp, SPP)
    convs = [*plain.reduce_layers, *plain.downsample_layers]
    assert all(isinstance(m, ConvModule) for m in convs)
    assert not any(isinstance(m, ImplicitAdd) for m in plain.modules())


def test_implicit_vectors_are_added_to_the_outputs():
    neck = ImplicitGhostPAFPN(**NANO).eval()
    inputs = maps(batch=1)
    before = neck(inputs)
    for level, module in enumerate(neck.implicit):
        module.vector.data += 1 + level
    for level, (a, b) in enumerate(zip(before, neck(inputs))):
        torch.testing.assert_close(b - a, torch.full_like(a, 1 + level), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('level', range(4))
def test_every_output_depends_on_every_input(level):
    neck = ImplicitGhostPAFPN(**NANO).eval()
    inputs = [m.requires_grad_() for m in maps(batch=1)]
    neck(inputs)[level].sum().backward()
    assert all(m.grad.abs().sum() > 0 for m in inputs)


def test_any_number_of_levels():
    neck = ImplicitGhostPAFPN(in_channels=(256, 512, 768), **NANO)
    assert len(neck(maps()[:3])) == 3


def test_unequal_numbers_of_levels():
    with pytest.raises(ValueError, match='4 in_channels but 2 out_channels'):
        ImplicitGhostPAFPN(out_channels=(64, 128), **NANO)
