"""HigherHRNet's published names, all of them; a tiny network computes the same after conversion."""

import higherhrnet
import pytest
import torch
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmpose.registry import MODELS

import mmpose_lrfg.register  # noqa: F401
from mmpose_lrfg.checkpoints.convert import build_meta_model, fill
from mmpose_lrfg.checkpoints.higherhrnet import CONFIGS, choose_config, convert, rename
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

init_default_scope('mmpose')


def published_names(width):
    """Names and shapes of the tensors of the authors' repository, from its description."""
    shapes, widths = {}, [width * 2**i for i in range(4)]

    def layer(conv, norm, out, inside, kernel=3):
        shapes[f'{conv}.weight'] = (out, inside, kernel, kernel)
        for part in ('weight', 'bias', 'running_mean', 'running_var'):
            shapes[f'{norm}.{part}'] = (out,)

    def sequence(name, out, inside, kernel=3):
        layer(f'{name}.0', f'{name}.1', out, inside, kernel)

    def basic(name, channels):
        for i in (1, 2):
            layer(f'{name}.conv{i}', f'{name}.bn{i}', channels, channels)

    layer('conv1', 'bn1', 64, 3)
    layer('conv2', 'bn2', 64, 64)
    for block in range(4):
        sizes = [(64, 256 if block else 64, 1), (64, 64, 3), (256, 64, 1)]
        for i, size in enumerate(sizes, 1):
            layer(f'layer1.{block}.conv{i}', f'layer1.{block}.bn{i}', *size)
    sequence('layer1.0.downsample', 256, 64, 1)
    sequence('transition1.0', widths[0], 256)
    sequence('transition1.1.0', widths[1], 256)
    for i in (2, 3):
        sequence(f'transition{i}.{i}.0', widths[i], widths[i - 1])
    for stage, module in ((2, 0), *((3, i) for i in range(4)), *((4, i) for i in range(3))):
        prefix = f'stage{stage}.{module}'
        for branch in range(stage):
            for block in range(4):
                basic(f'{prefix}.branches.{branch}.{block}', widths[branch])
        for i in range(1 if (stage, module) == (4, 2) else stage):
            for j in range(stage):
                name = f'{prefix}.fuse_layers.{i}.{j}'
                if j > i:
                    sequence(name, widths[i], widths[j], 1)
                for k in range(i - j):
                    last = k == i - j - 1
                    sequence(f'{name}.{k}', widths[i] if last else widths[j], widths[j])
    for i, out in ((0, 34), (1, 17)):
        shapes[f'final_layers.{i}.weight'] = (out, width, 1, 1)
        shapes[f'final_layers.{i}.bias'] = (out,)
    sequence('deconv_layers.0.0', width, width)
    shapes['deconv_layers.0.0.0.weight'] = (width + 34, width, 4, 4)
    for block in (1, 2, 3, 4):
        basic(f'deconv_layers.0.{block}.0', width)
    return shapes


@pytest.mark.parametrize('width, parameters', [(32, 28_645_331), (48, 63_827_139)])
def test_every_published_tensor_has_its_place(width, parameters):
    shapes = published_names(width)
    learnt = [shape for name, shape in shapes.items() if 'running' not in name]
    assert sum(torch.Size(shape).numel() for shape in learnt) == parameters
    tensors = {rename(n): torch.empty(shape, device='meta') for n, shape in shapes.items()}
    assert choose_config('a.pth', tensors) == CONFIGS[width]
    model = build_meta_model(load_config(CONFIGS[width]))
    assert len(fill('a.pth', model, tensors)) == len(model.state_dict())


@pytest.fixture(scope='module')
def network(tmp_path_factory):
    """A tiny network with random weights and statistics, and the path of its config."""
    path = tmp_path_factory.mktemp('network') / 'tiny_higherhrnet.py'
    cfg = higherhrnet.tiny_config()
    path.write_text(cfg.pretty_text)
    torch.manual_seed(0)
    model = MODELS.build(cfg.model).eval()
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand_like(tensor) * 0.2 + 0.05)
    return model, path


def as_published(model, form):
    """The model's tensors as MMPose 0.x or the authors' repository would have saved them."""
    state = model.state_dict()
    if form == 'mmpose':
        tensors = {n.replace('head.', 'keypoint_head.', 1): t for n, t in state.items()}
        return {'state_dict': tensors, 'meta': {}}
    prefix = {'plain': '', 'half': 'module.1.'}[form]
    # PyTorch before 0.4.1 had no counters.
    return {prefix + n.partition('.')[2]: t for n, t in state.items() if 'tracked' not in n}


def assert_same_outputs(model, other):
    image = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        (expected, tags), (found, found_tags) = model(image, None), other(image, None)
    for a, b in zip([*expected, tags], [*found, found_tags]):
        assert a.std() > 0
        torch.testing.assert_close(a, b, rtol=0, atol=0)


@pytest.mark.parametrize('form', ['mmpose', 'half'])
def test_a_converted_network_computes_the_same(network, form, tmp_path, run_tool, capsys):
    model, config = network
    torch.save(as_published(model, form), tmp_path / 'theirs.pth')
    args = (tmp_path / 'theirs.pth', tmp_path / 'ours.pth', '--config', config)
    assert run_tool('convert higherhrnet', *args) == 0
    assert 'none left' in capsys.readouterr().out
    saved = torch.load(tmp_path / 'ours.pth', weights_only=True)
    assert saved['meta']['dataset_meta']['num_keypoints'] == 17
    other = MODELS.build(higherhrnet.tiny_config().model).eval()
    other.load_state_dict(saved['state_dict'], strict=True)
    assert_same_outputs(model, other)


def test_checkpoints_of_mmpose_load_unconverted(network, tmp_path):
    model, _ = network
    torch.save(as_published(model, 'mmpose'), tmp_path / 'theirs.pth')
    other = MODELS.build(higherhrnet.tiny_config().model).eval()
    load_checkpoint(other, str(tmp_path / 'theirs.pth'), strict=True)
    assert_same_outputs(model, other)


@pytest.mark.parametrize(
    'gone, with_config, reason',
    [
        ('conv1', True, r'1 missing \(backbone.conv1.weight\)'),
        ('conv1', False, r'HigherHRNet-W4 of 17 keypoints.*--config'),
        ('final', False, 'holds no HigherHRNet'),
    ],
)
def test_what_does_not_fit_is_refused(network, tmp_path, gone, with_config, reason):
    model, config = network
    state = as_published(model, 'plain')
    torch.save({n: t for n, t in state.items() if not n.startswith(gone)}, tmp_path / 'a.pth')
    with pytest.raises(UserError, match=reason):
        convert(tmp_path / 'a.pth', tmp_path / 'ours.pth', str(config) if with_config else None)
    assert not (tmp_path / 'ours.pth').exists()
