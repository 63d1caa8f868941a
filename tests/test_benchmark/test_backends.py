"""Processes of models, and how each kind of model is run."""

from dataclasses import replace
from types import SimpleNamespace

import echo_process
import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies
from torch import nn

from mmpose_lrfg.benchmark.speed.calibration import (
    calibrate_batch_norm,
    find_threshold,
    people_image,
)
from mmpose_lrfg.benchmark.speed.settings import Settings
from mmpose_lrfg.benchmark.speed.worker import Worker, open_backend
from mmpose_lrfg.benchmark.timing import CandidateError
from mmpose_lrfg.benchmark.zoo import MODELS, Entry
from mmpose_lrfg.utils.errors import UserError

N6 = Entry('n6', 'n6', 'one-stage', (640, 640), config='lrfg/lrfg-n6_1xb32-80e_coco-640.py')


def test_a_process_returns_results_and_reasons():
    process = Worker(None, SimpleNamespace(threads=1, timeout=60), echo_process.serve)
    assert process.call('go', 1, 'x') == (1, 'x')
    with pytest.raises(CandidateError, match='it cannot'):
        process.call('fail')
    with pytest.raises(CandidateError, match='its process ended with code 3'):
        process.call('die')
    process.close()
    assert not process.process.is_alive()


def test_a_process_that_hangs_is_ended():
    process = Worker(None, SimpleNamespace(threads=1, timeout=0.5), echo_process.serve)
    with pytest.raises(CandidateError, match=r'no answer within 0\.5 s'):
        process.call('sleep')
    assert not process.process.is_alive()


@settings(max_examples=50, deadline=None)
@given(
    scores=strategies.lists(strategies.sampled_from([0.1, 0.2, 0.5, 0.9, 1.0]), max_size=40),
    people=strategies.integers(1, 40),
)
def test_the_threshold_is_the_highest_that_finds_all_people(scores, people):
    scores = np.array(scores)
    threshold = find_threshold(lambda thr: int((scores > thr).sum()), people)
    if len(scores) < people:
        assert threshold == 0
    else:
        assert (scores > threshold).sum() == (scores >= np.sort(scores)[-people]).sum()


def test_calibrated_networks_neither_grow_nor_fade():
    torch.manual_seed(0)
    layers = [nn.Sequential(nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8), nn.ReLU()) for _ in range(12)]
    network = nn.Sequential(*layers).eval()
    images = torch.randn(2, 8, 40, 40)
    faded = network(images).std()
    calibrate_batch_norm(network, lambda: network(images))
    assert faded < 0.1 < 0.3 < network(images).std() < 3
    assert not network[0][1].training


@pytest.mark.parametrize('people', [0, 1, 5, 50])
def test_boxes_are_inside_the_image_and_do_not_overlap(people):
    found = people_image(people, (96, 128))
    assert found.image.shape == (96, 128, 3) and found.boxes.shape == (people, 4)
    covered = np.zeros((96, 128), int)
    for x1, y1, x2, y2 in found.boxes.astype(int):
        assert 0 <= x1 < x2 <= 128 and 0 <= y1 < y2 <= 96
        covered[y1:y2, x1:x2] += 1
    assert covered.max(initial=0) <= 1
    assert (found.image != 114).any() == (people > 0)


@pytest.mark.parametrize('form', ['', 'onnx', 'onnx-int8'])
def test_a_network_finds_as_many_people_as_there_are(form):
    entry = replace(N6, format=form)
    backend = open_backend(entry, Settings([entry], img_size=(128, 128)))
    for people in (3, 0):
        assert backend.set_image(people_image(people, (192, 256))) == (128, 128)
        run = backend.time_poses()
        assert run.found == people
        assert set(run.stages) == {'input', 'network', 'post'}
        assert 0.5 * run.seconds < sum(run.stages.values()) <= run.seconds
    assert backend.time_network(1) > 0
    if form:
        inputs = {i.name: i.type for i in backend.estimator.engine.session.get_inputs()}
        assert list(inputs.values()) == ['tensor(uint8)']
        assert backend.estimator.metadata.precision == (form.partition('-')[2] or 'fp32')


def test_networks_of_others_are_not_exported():
    entry = replace(MODELS['rtmo-s'], format='onnx')
    with pytest.raises(UserError, match='only networks of this package'):
        open_backend(entry, Settings([entry], img_size=(64, 64)))


def test_a_network_that_cannot_be_fused_has_a_reason():
    entry = MODELS['dekr-w32']
    with pytest.raises(UserError, match='omit --fused'):
        open_backend(entry, Settings([entry], img_size=(64, 64), fused=True))
    backend = open_backend(entry, Settings([entry], img_size=(64, 64)))
    backend.set_image(people_image(2, (64, 64)))
    assert backend.time_network(1) > 0 and backend.memory()['process'] > 10
