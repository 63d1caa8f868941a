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
    done = publish(path, CONFIG, tmp_path / 'n6.pth')
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


def test_full_precision_and_averages(trained, tmp_path):
    path, model = trained
    state = model.state_dict()
    torch.manual_seed(1)
    others = [
        {k: v + torch.randn_like(v) if v.is_floating_point() else v + 7 for k, v in state.items()}
        for _ in range(2)
    ]
    files = [str(tmp_path / f'{i}.pth') for i in range(2)]
    for file, other in zip(files, others):
        torch.save(dict(state_dict=other), file)
    for average in ([], files):
        done = publish(path, CONFIG, tmp_path / 'n6.pth', half=False, average=average)
        assert done.rounding == 0
        written = read_checkpoint(tmp_path / 'n6.pth')['state_dict']
        assert any(not tensor.is_floating_point() for tensor in written.values())
        for name, tensor in written.items():
            expected = state[name]
            if average and expected.is_floating_point():
                expected = (expected + others[0][name] + others[1][name]) / 3
            torch.testing.assert_close(tensor, expected, rtol=1e-5, atol=1e-5)


def test_what_does_not_fit_is_named(trained, tmp_path, run_tool):
    path, _ = trained
    other, out = tmp_path / 'other.pth', tmp_path / 'n6.pth'
    wider = MODELS.build(load_config('lrfg-s6_1xb32-80e_coco-640.py').model)
    torch.save(dict(state_dict=wider.state_dict()), other)
    for source, config, average, reason in (
        (path, CONFIG, [str(other)], r'other\.pth is of another network'),
        (path, CONFIG, [str(tmp_path / 'none.pth')], r'none\.pth'),
        (path, 'sgd_80e.py', [], r'sgd_80e\.py has no model'),
        (path, 'net1_yolopose.py', [], 'another network than net1_yolopose'),
        (path.replace('epoch_3', 'epoch3'), CONFIG, [], r'Did you mean epoch_3\.pth'),
    ):
        with pytest.raises(UserError, match=reason):
            publish(source, config, out, average=average)
    before = other.read_bytes()
    assert run_tool('publish_model', path, CONFIG, other, '--average', other) == 2
    assert other.read_bytes() == before and not out.exists()
