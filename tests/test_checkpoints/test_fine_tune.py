"""Weights of a network with other keypoints or classes."""

import pytest
import tiny_training
import torch
from mmengine.runner.checkpoint import load_state_dict

from mmpose_lrfg.checkpoints.fine_tune import accept_other_outputs

NAMES = ('nose', 'left_hip', 'tail')
METAINFO = dict(
    dataset_name='few',
    keypoint_info={i: dict(name=name, id=i, swap='') for i, name in enumerate(NAMES)},
    skeleton_info={},
    sigmas=[0.05] * 3,
)


@pytest.fixture(scope='module')
def source():
    model = tiny_training.build(seed=1).eval()
    for parameter in model.head.parameters():
        torch.nn.init.normal_(parameter)
    return model


def target(**head):
    def change(cfg):
        cfg.head.update(head)

    return tiny_training.build(seed=2, change=change).eval()


def checkpoint_of(model):
    names = dict(enumerate(model.head.keypoint_names))
    return dict(meta=dict(dataset_meta=dict(keypoint_id2name=names)))


@torch.no_grad()
@pytest.mark.parametrize('classes', [None, 2])
def test_known_keypoints_are_predicted_as_before(source, classes):
    model = target(metainfo=dict(METAINFO), num_classes=classes)
    state = dict(source.state_dict())
    text = accept_other_outputs(checkpoint_of(source), state, model)
    assert '2 of 3' in text
    assert 'tail' in text
    load_state_dict(model, source.state_dict(), strict=True)
    image = torch.rand(1, 3, 64, 64)
    ours, theirs = model.head(model.extract_feat(image)), source.head(source.extract_feat(image))
    for own, old in zip(ours, theirs):
        assert torch.allclose(own[..., :5], old[..., :5], atol=1e-4)
        first = own.shape[-1] - 9
        for place, index in ((0, 0), (1, 11)):  # nose and left hip
            mine = own[..., first + 3 * place : first + 3 * place + 3]
            assert torch.allclose(mine, old[..., 6 + 3 * index : 9 + 3 * index], atol=1e-4)


def test_nothing_is_done_for_the_same_keypoints(source):
    model, before = target(), source.state_dict()
    state = dict(before)
    assert accept_other_outputs(checkpoint_of(source), state, model) == ''
    assert all(state[name] is tensor for name, tensor in before.items())


def test_another_network_is_left_alone(source):
    model = torch.nn.Linear(2, 2)
    assert accept_other_outputs({}, {}, model) == ''
