"""MMPose's own inference APIs on our configs, without a network connection."""

import json
import socket
from pathlib import Path

import cv2
import numpy as np
import pytest
import tiny_network
import torch
from mmpose.apis import MMPoseInferencer, inference_bottomup, init_model
from mmpose.apis.inferencers.utils import get_model_aliases

from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.weights import BY_NAME, Weights

X, Y = 70, 33  # of the disc in the image
IMAGE = tiny_network.marked_picture(100, 80, X, Y, 6)


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError('a network connection is opened')

    monkeypatch.setattr(socket.socket, 'connect', refuse)
    monkeypatch.setattr(socket, 'getaddrinfo', refuse)


@pytest.fixture
def folder(tmp_path):
    """Two images with a disc and, between them, one without."""
    folder = tmp_path / 'images'
    folder.mkdir()
    for name, image in {'a': IMAGE, 'b': np.zeros_like(IMAGE), 'c': IMAGE}.items():
        assert cv2.imwrite(str(folder / f'{name}.png'), image)
    return folder


@pytest.fixture(scope='module')
def inferencer(tiny):
    config, checkpoint = tiny
    inferencer = MMPoseInferencer(pose2d=config, pose2d_weights=checkpoint, device='cpu')
    tiny_network.plant(inferencer.inferencer.model)
    return inferencer


def check_found(people):
    (person,) = people
    np.testing.assert_allclose(person['keypoints'], [[X, Y]] * 17, atol=0.3)
    np.testing.assert_allclose(person['keypoint_scores'], np.linspace(0.1, 0.9, 17), atol=1e-3)
    x1, y1, x2, y2 = person['bbox'][0]
    assert x1 < X < x2 and y1 < Y < y2 and person['bbox_score'] > 0.9


def test_init_model_and_inference_bottomup(tiny, folder):
    model = tiny_network.plant(init_model(*tiny, device='cpu'))
    (sample,) = inference_bottomup(model, IMAGE)
    np.testing.assert_allclose(sample.pred_instances.keypoints, [[[X, Y]] * 17], atol=0.3)
    (sample,) = inference_bottomup(model, str(folder / 'b.png'))
    assert sample.pred_instances.keypoints.shape == (0, 17, 2)
    assert sample.pred_instances.bboxes.shape == (0, 4)


def test_the_inferencer_predicts_draws_and_writes(inferencer, folder, tmp_path):
    for source in (str(folder / 'a.png'), IMAGE):
        (result,) = inferencer(source)
        check_found(result['predictions'][0])
    out = tmp_path / 'out'
    options = dict(out_dir=str(out), return_vis=True, draw_bbox=True)
    results = list(inferencer(str(folder), **options))
    assert [len(result['predictions'][0]) for result in results] == [1, 0, 1]
    drawn = [result['visualization'][0] for result in results]
    assert [image.shape for image in drawn] == [(80, 100, 3)] * 3
    # Colours appear, on the black and white image, only where somebody is.
    assert [bool(np.ptp(image, axis=2).max() > 60) for image in drawn] == [True, False, True]
    assert len(list((out / 'visualizations').iterdir())) == 3
    check_found(json.loads((out / 'predictions' / 'a.json').read_text()))
    assert json.loads((out / 'predictions' / 'b.json').read_text()) == []


def test_empty_data_samples(inferencer, folder):
    options = dict(return_datasamples=True, bbox_thr=0.5, nms_thr=0.3, pose_based_nms=True)
    (result,) = inferencer(str(folder / 'b.png'), **options)
    (sample,) = result['predictions']
    assert sample.pred_instances.keypoint_scores.shape == (0, 17)


@pytest.mark.parametrize('name', BY_NAME)
def test_released_weights_have_a_name_in_mmpose(name, monkeypatch):
    aliases = get_model_aliases()
    assert aliases[f'lrfg-{name}'] == Path(BY_NAME[name].config).stem
    assert aliases['rtmo'] == 'rtmo-l_16xb16-600e_body7-640x640', "MMPose's own"
    loaded = MMPoseInferencer(f'lrfg-{name}', device='cpu').inferencer.model
    stored = torch.load(BY_NAME[name].path(), weights_only=True)['state_dict']
    key = 'backbone.stem.conv.weight'
    assert torch.equal(loaded.state_dict()[key], stored[key].float())


def test_aliases_without_our_configs_are_those_of_mmpose(monkeypatch):
    def lost(self):
        raise UserError('no config')

    monkeypatch.setattr(Weights, 'files', lost)
    assert 'rtmo' in get_model_aliases() and 'lrfg-s6' not in get_model_aliases()
