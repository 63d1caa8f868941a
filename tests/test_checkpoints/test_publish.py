"""What is handed on: the same network in half the bits, without what training needs."""

import hashlib

import pytest
import torch
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS

from mmpose_lrfg.checkpoints.loading import read_checkpoint
from mmpose_lrfg.checkpoints.publish import publish
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

CONFIG = 'lrfg-n6_1xb32-80e_coco-640.py'
SCRATCH = 'lrfg-n6_2xb16-15e_coco-256.py'


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A checkpoint as a training with auxiliary heatmaps leaves it."""
    import mmpose_lrfg.register  # noqa: F401

    init_default_scope('mmpose')
    torch.manual_seed(0)
    model = MODELS.build(load_config(SCRATCH).model)
    path = tmp_path_factory.mktemp('trained') / 'epoch_3.pth'
    content = dict(
        meta=dict(epoch=3),
        state_dict={f'module.{k}': v for k, v in model.state_dict().items()},
        optimizer=dict(state={}, param_groups=[]),
    )
    torch.save(content, path)
    return path, model


def test_predictions_are_those_of_the_trained_network(trained, tmp_path):
    path, model = trained
    done = publish(str(path), CONFIG, str(tmp_path / 'n6.pth'))
    written = tmp_path / 'n6.pth'
    assert done.num_bytes == written.stat().st_size < 0.55 * path.stat().st_size
    assert done.sha256 == hashlib.sha256(written.read_bytes()).hexdigest()
    assert 0 < done.rounding < 1e-2
    content = read_checkpoint(written)
    assert content.keys() == {'meta', 'state_dict'}
    assert len(content['meta']['dataset_meta']['keypoint_id2name']) == 17
    fresh = MODELS.build(load_config(CONFIG).model)
    fresh.load_state_dict(content['state_dict'])  # all of it, nothing else
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        found = fresh.eval()(image, None, mode='tensor')
        expected = model.eval()(image, None, mode='tensor')
    for ours, theirs in zip(found, expected):
        torch.testing.assert_close(ours, theirs, rtol=0.02, atol=0.05)


def test_full_precision_changes_nothing(trained, tmp_path):
    path, model = trained
    done = publish(str(path), CONFIG, str(tmp_path / 'n6.pth'), half=False)
    assert done.rounding == 0
    state = read_checkpoint(tmp_path / 'n6.pth')['state_dict']
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in state.items())


def test_a_soup_is_the_mean_of_its_checkpoints(trained, tmp_path):
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
    publish(str(path), CONFIG, str(tmp_path / 'n6.pth'), half=False, average=files)
    written = read_checkpoint(tmp_path / 'n6.pth')['state_dict']
    assert any(not v.is_floating_point() for v in written.values())
    for name, value in written.items():
        assert value.dtype == state[name].dtype
        mean = (state[name] + others[0][name] + others[1][name]) / 3
        expected = mean if value.is_floating_point() else state[name]
        torch.testing.assert_close(value, expected, rtol=1e-5, atol=1e-5)


def test_what_does_not_belong_into_a_soup_is_named(trained, tmp_path, run_tool):
    other = tmp_path / 'other.pth'
    wider = MODELS.build(load_config('lrfg-s6_1xb32-80e_coco-640.py').model)
    torch.save(dict(state_dict=wider.state_dict()), other)
    out = tmp_path / 'n6.pth'
    with pytest.raises(UserError, match=r'other\.pth is of another network'):
        publish(str(trained[0]), CONFIG, str(out), average=[str(other)])
    with pytest.raises(UserError, match=r'none\.pth'):
        publish(str(trained[0]), CONFIG, str(out), average=[str(tmp_path / 'none.pth')])
    before = other.read_bytes()
    assert run_tool('publish_model', trained[0], CONFIG, other, '--average', other) == 2
    assert other.read_bytes() == before and not out.exists()


def test_another_network_is_named(trained, tmp_path):
    with pytest.raises(UserError, match='another network than net1_yolopose'):
        publish(str(trained[0]), 'net1_yolopose.py', str(tmp_path / 'n6.pth'))
    assert not list(tmp_path.iterdir())
    with pytest.raises(UserError, match=r'Did you mean epoch_3\.pth'):
        publish(str(trained[0]).replace('epoch_3', 'epoch3'), CONFIG, str(tmp_path / 'n6.pth'))
