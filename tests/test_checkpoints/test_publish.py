"""What is handed on: the same network in half the bits, without what training needs."""

import hashlib

import pytest
import torch
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS

import mmpose_lrfg.register  # noqa: F401
from mmpose_lrfg.checkpoints.loading import read_checkpoint
from mmpose_lrfg.checkpoints.publish import publish
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

CONFIG = 'lrfg-n6_1xb32-80e_coco-640.py'
SCRATCH = 'lrfg-n6_2xb16-15e_coco-256.py'


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A checkpoint as a training with auxiliary heatmaps leaves it, and its model."""
    init_default_scope('mmpose')
    torch.manual_seed(0)
    model = MODELS.build(load_config(SCRATCH).model)
    path = tmp_path_factory.mktemp('trained') / 'epoch_3.pth'
    state = {f'module.{name}': tensor for name, tensor in model.state_dict().items()}
    torch.save(dict(meta=dict(epoch=3), state_dict=state, optimizer=dict(state={})), path)
    return str(path), model


def test_half_precision_changes_little(trained, tmp_path):
    path, model = trained
    done = publish(CONFIG, path, tmp_path / 'n6.pth')
    data = (tmp_path / 'n6.pth').read_bytes()
    assert done.num_bytes == len(data)
    assert done.sha256 == hashlib.sha256(data).hexdigest()
    assert 0 < done.rounding < 1e-2
    content = read_checkpoint(tmp_path / 'n6.pth')
    assert content.keys() == {'meta', 'state_dict'}
    assert len(content['meta']['dataset_meta']['keypoint_id2name']) == 17
    state = content['state_dict']
    assert all(t.dtype in (torch.float16, torch.int64) for t in state.values())
    fresh = MODELS.build(load_config(CONFIG).model)
    fresh.load_state_dict(state)  # all of it, nothing else
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        found = fresh.eval()(image, None, mode='tensor')
        expected = model.eval()(image, None, mode='tensor')
    for ours, theirs in zip(found, expected):
        torch.testing.assert_close(ours, theirs, rtol=0.02, atol=0.05)


def test_full_precision(trained, tmp_path):
    path, model = trained
    done = publish(CONFIG, path, tmp_path / 'n6.pth', half=False)
    assert done.rounding == 0
    written = read_checkpoint(tmp_path / 'n6.pth')['state_dict']
    assert all(torch.equal(tensor, model.state_dict()[name]) for name, tensor in written.items())


def test_what_does_not_fit_is_named(trained, tmp_path):
    path, _ = trained
    for config, source, reason in (
        ('sgd_80e.py', path, r'sgd_80e\.py has no model'),
        ('net1_yolopose.py', path, 'another network than net1_yolopose'),
        (CONFIG, path.replace('epoch_3', 'epoch3'), r'Did you mean epoch_3\.pth'),
    ):
        with pytest.raises(UserError, match=reason):
            publish(config, source, tmp_path / 'n6.pth')
    assert not list(tmp_path.iterdir())


def test_the_command(trained, tmp_path, run_tool, capsys):
    path, out = trained[0], tmp_path / 'n6.pth'
    assert run_tool('publish', CONFIG, path, '--out', out) == 0
    assert hashlib.sha256(out.read_bytes()).hexdigest() in capsys.readouterr().out
    before = out.read_bytes()
    for words, reason in (
        ((CONFIG, path), '--out'),
        ((CONFIG, path, '--out', path), 'is an input'),
        ((CONFIG, path, '--out', out), 'exists'),
    ):
        assert run_tool('publish', *words) == 2
        assert reason in capsys.readouterr().err
    assert out.read_bytes() == before
    assert run_tool('publish', CONFIG, 'n6', '--out', out, '--overwrite', '--full') == 0
