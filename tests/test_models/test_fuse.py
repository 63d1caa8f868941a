import pytest
import torch
from torch import nn

from mmpose_lrfg.models.fuse import add_before, fuse, multiply_after
from mmpose_lrfg.models.layers import ImplicitAdd, ImplicitMultiply

ABLATION = (
    'net1_yolopose', 'net2_fgcspp', 'net3_sca', 'net4_implicit', 'net5_fgcspp_sca',
    'net6_fgcspp_implicit', 'net7_sca_implicit', 'net8_lrfg',
)  # fmt: skip
YOLOPOSE = ('yolopose-s6_1xb32-80e_coco-640', 'yolopose-s6-lite_1xb32-80e_coco-640')
CONFIGS = [f'ablation/{n}' for n in ABLATION] + [f'yolopose/{n}' for n in YOLOPOSE]


def outputs(model, images):
    with torch.no_grad():
        return model.head(model.extract_feat(images))


def count(model, *kinds):
    return sum(isinstance(module, kinds) for module in model.modules())


@pytest.mark.parametrize('config', CONFIGS)
def test_nothing_changes_but_the_number_of_operations(build, config):
    # In double precision rounding hides nothing; these random networks multiply that of floats.
    model = build(config).double()
    images = torch.rand(2, 3, 128, 192, dtype=torch.float64)
    before = outputs(model, images)
    fused = fuse(model)
    for a, b in zip(before, outputs(fused, images), strict=True):
        # Every cell, those at the borders too.
        assert (a - b).abs().max() <= 1e-9 * max(1, a.abs().max())
    assert count(model, nn.BatchNorm2d) > 30
    assert count(fused, nn.BatchNorm2d, ImplicitMultiply) == 0
    # One addition a level stays before the padded convolution of the keypoint branch.
    implicit = count(model, ImplicitAdd) > 0
    assert count(fused, ImplicitAdd) == (4 if implicit else 0)
    assert not any(p.requires_grad for p in fused.parameters())
    for a, b in zip(before, outputs(model, images)):
        assert torch.equal(a, b), 'the model itself was changed'


@pytest.mark.parametrize('config', ['ablation/net8_lrfg', CONFIGS[-1]])
def test_in_single_precision_only_rounding_differs(build, config):
    model = build(config)
    images = torch.rand(2, 3, 128, 192)
    for a, b in zip(outputs(model, images), outputs(fuse(model), images), strict=True):
        assert (a - b).abs().mean() <= 1e-3
        assert (a - b).abs().max() <= 1e-3 * a.abs().max()


def test_additions_fold_entirely_before_a_1x1_keypoint_branch(build):
    model = build('ablation/net8_lrfg').double()
    layers = model.head.head_module
    for i in range(4):
        layers.keypoint_features[i] = nn.Sequential()
    images = torch.rand(1, 3, 128, 128, dtype=torch.float64)
    fused = fuse(model)
    for a, b in zip(outputs(model, images), outputs(fused, images)):
        assert (a - b).abs().max() <= 1e-9 * max(1, a.abs().max())
    assert count(fused, ImplicitAdd) == 0


def test_folds_into_convolutions_without_bias():
    conv = nn.Conv2d(6, 4, 1, bias=False)
    x, add, multiply = torch.rand(2, 6, 5, 5), torch.rand(1, 6, 1, 1), torch.rand(1, 4, 1, 1)
    expected = conv(x + add) * multiply
    with torch.no_grad():
        add_before(conv, add)
        multiply_after(conv, multiply)
    assert torch.allclose(conv(x), expected, atol=1e-6)
