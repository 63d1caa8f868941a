"""HigherHRNet's published names, all of them; a tiny network computes the same after conversion."""

from collections import OrderedDict

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

    def conv(name, out, inside, kernel=3):
        shapes[f'{name}.weight'] = (out, inside, kernel, kernel)

    def norm(name, channels):
        for part in ('weight', 'bias', 'running_mean', 'running_var'):
            shapes[f'{name}.{part}'] = (channels,)

    def basic(name, channels):
        for i in (1, 2):
            conv(f'{name}.conv{i}', channels, channels)
            norm(f'{name}.bn{i}', channels)

    shapes = {}
    widths = [width * 2**i for i in range(4)]
    for i, inside in ((1, 3), (2, 64)):
        conv(f'conv{i}', 64, inside)
        norm(f'bn{i}', 64)
    for block in range(4):
        inside = 256 if block else 64
        for i, (out, channels, kernel) in enumerate(
            [(64, inside, 1), (64, 64, 3), (256, 64, 1)], 1
        ):
            conv(f'layer1.{block}.conv{i}', out, channels, kernel)
            norm(f'layer1.{block}.bn{i}', out)
    conv('layer1.0.downsample.0', 256, 64, 1)
    norm('layer1.0.downsample.1', 256)
    for branch, channels in ((0, widths[0]), (1, widths[1])):
        name = f'transition1.{branch}' + ('.0' if branch else '')
        conv(f'{name}.0', channels, 256)
        norm(f'{name}.1', channels)
    for number in (2, 3):
        conv(f'transition{number}.{number}.0.0', widths[number], widths[number - 1])
        norm(f'transition{number}.{number}.0.1', widths[number])
    for stage, modules in ((2, 1), (3, 4), (4, 3)):
        for module in range(modules):
            prefix = f'stage{stage}.{module}'
            for branch in range(stage):
                for block in range(4):
                    basic(f'{prefix}.branches.{branch}.{block}', widths[branch])
            outputs = 1 if (stage, module) == (4, 2) else stage
            for i in range(outputs):
                for j in range(stage):
                    name = f'{prefix}.fuse_layers.{i}.{j}'
                    if j > i:
                        conv(f'{name}.0', widths[i], widths[j], 1)
                        norm(f'{name}.1', widths[i])
                    for k in range(i - j):
                        out = widths[i] if k == i - j - 1 else widths[j]
                        conv(f'{name}.{k}.0', out, widths[j])
                        norm(f'{name}.{k}.1', out)
    for i, out in ((0, 34), (1, 17)):
        conv(f'final_layers.{i}', out, width, 1)
        shapes[f'final_layers.{i}.bias'] = (out,)
    shapes['deconv_layers.0.0.0.weight'] = (width + 34, width, 4, 4)
    norm('deconv_layers.0.0.1', width)
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
    state = OrderedDict()
    for name, tensor in model.state_dict().items():
        part, _, rest = name.partition('.')
        if form == 'mmpose':
            part = {'head': 'keypoint_head'}.get(part, part)
            state[f'{part}.{rest}'] = tensor
        elif not name.endswith('num_batches_tracked'):  # torch before 0.4.1 had none
            state[{'plain': '', 'half': 'module.1.'}[form] + rest] = tensor
    return {'state_dict': state, 'meta': {}} if form == 'mmpose' else state


@pytest.mark.parametrize('form', ['mmpose', 'half'])
def test_a_converted_network_computes_the_same(network, form, tmp_path, run_tool, capsys):
    model, config = network
    torch.save(as_published(model, form), tmp_path / 'theirs.pth')
    args = (tmp_path / 'theirs.pth', tmp_path / 'ours.pth', '--config', config)
    assert run_tool('convert_higherhrnet', *args) == 0
    assert 'none left' in capsys.readouterr().out
    saved = torch.load(tmp_path / 'ours.pth', weights_only=True)
    assert saved['meta']['dataset_meta']['num_keypoints'] == 17
    other = MODELS.build(higherhrnet.tiny_config().model).eval()
    other.load_state_dict(saved['state_dict'], strict=True)
    same(model, other)


def same(model, other):
    image = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        (expected, tags), (found, found_tags) = model(image, None), other(image, None)
    for a, b in zip([*expected, tags], [*found, found_tags]):
        assert a.std() > 0
        torch.testing.assert_close(a, b, rtol=0, atol=0)


def test_checkpoints_of_mmpose_load_unconverted(network, tmp_path):
    model, _ = network
    torch.save(as_published(model, 'mmpose'), tmp_path / 'theirs.pth')
    other = MODELS.build(higherhrnet.tiny_config().model).eval()
    load_checkpoint(other, str(tmp_path / 'theirs.pth'), strict=True)
    same(model, other)


def test_what_does_not_fit_is_refused_and_nothing_is_written(network, tmp_path):
    model, config = network
    theirs, ours = tmp_path / 'theirs.pth', tmp_path / 'ours.pth'
    state = as_published(model, 'plain')
    torch.save({n: t for n, t in state.items() if not n.startswith('conv1')}, theirs)
    with pytest.raises(UserError, match=r'1 missing \(backbone.conv1.weight\)'):
        convert(theirs, ours, str(config))
    with pytest.raises(UserError, match=r'HigherHRNet-W4 of 17 keypoints.*--config'):
        convert(theirs, ours)
    torch.save({n: t for n, t in state.items() if not n.startswith('final')}, theirs)
    with pytest.raises(UserError, match='holds no HigherHRNet'):
        convert(theirs, ours)
    assert not ours.exists()
