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
@pytest.mark.parametrize('spp', ['FGCSPP', 'SPP', None])
def test_outputs_have_the_shapes_of_the_inputs(ghost, spp):
    cfg = spp and dict(type=spp)
    neck = ImplicitGhostPAFPN(**NANO, ghost=ghost, spp=cfg, implicit=ghost)
    assert [o.shape for o in neck(maps())] == [i.shape for i in maps()]
    assert type(neck.spp) is {'FGCSPP': FGCSPP, 'SPP': SPP, None: type(None)}[spp]
    kinds = {type(m) for m in [*neck.reduce_layers, *neck.downsample_layers, *neck.implicit]}
    assert kinds == ({GhostModule, ImplicitAdd} if ghost else {ConvModule, torch.nn.Identity})


def test_implicit_vectors_are_added_to_the_outputs():
    neck = ImplicitGhostPAFPN(**NANO).eval()
    inputs = maps(batch=1)
    before = neck(inputs)
    for level, module in enumerate(neck.implicit):
        module.vector.data += 1 + level
    for level, (a, b) in enumerate(zip(before, neck(inputs))):
        torch.testing.assert_close(b - a, torch.full_like(a, 1 + level), rtol=1e-4, atol=1e-5)


def test_every_output_depends_on_every_input():
    inputs = [m.requires_grad_() for m in maps(batch=1)]
    for out in ImplicitGhostPAFPN(**NANO).eval()(inputs):
        grads = torch.autograd.grad(out.sum(), inputs, retain_graph=True)
        assert all(grad.abs().sum() > 0 for grad in grads)


def test_any_number_of_levels():
    neck = ImplicitGhostPAFPN(in_channels=(256, 512, 768), **NANO)
    assert len(neck(maps()[:3])) == 3
