"""The child process and what it measures."""

import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies
from torch import nn

from mmpose_lrfg.benchmark.entry import Entry
from mmpose_lrfg.benchmark.speed.candidates import find_number, find_threshold, settle
from mmpose_lrfg.benchmark.speed.clock import StageClock
from mmpose_lrfg.benchmark.speed.processes import WorkerError, WorkerProcess
from mmpose_lrfg.benchmark.speed.scenes import Picture, take_picture
from mmpose_lrfg.benchmark.speed.ways import Options, open_way
from mmpose_lrfg.benchmark.speed.worker import Worker
from mmpose_lrfg.utils.errors import UserError

ECHO = (
    'import json, sys\n'
    'for line in sys.stdin:\n'
    '    asked = json.loads(line)\n'
    '    if asked["do"] == "die":\n'
    '        sys.exit("no more memory")\n'
    '    if asked["do"] == "sleep":\n'
    '        import time; time.sleep(60)\n'
    '    ok = asked["do"] != "fail"\n'
    '    print(json.dumps(dict(ok=ok, reason="it cannot", asked=asked)), flush=True)\n'
)


def process(timeout=30.0):
    return WorkerProcess(timeout=timeout, command=(sys.executable, '-S', '-c', ECHO))


def test_a_process_answers_and_says_why_it_cannot():
    worker = process()
    assert worker.ask(do='go', n=1)['asked'] == dict(do='go', n=1)
    with pytest.raises(WorkerError, match='it cannot'):
        worker.ask(do='fail')
    assert worker.ask(do='go')
    worker.close()
    assert worker.process.poll() == 0


def test_the_last_words_of_a_process_are_its_reason():
    worker = process()
    with pytest.raises(WorkerError, match=r'ended \(1\): no more memory'):
        worker.ask(do='die')
    worker.close()


def test_a_process_that_hangs_is_ended():
    worker = process(timeout=0.3)
    with pytest.raises(WorkerError, match=r'no answer within 0\.3 s'):
        worker.ask(do='sleep')
    assert worker.process.poll() is not None


@settings(max_examples=50, deadline=None)
@given(
    scores=strategies.lists(strategies.sampled_from([0.1, 0.2, 0.5, 0.9, 1.0]), max_size=40),
    people=strategies.integers(1, 40),
)
def test_as_many_candidates_as_people_even_among_equal_scores(scores, people):
    scores = np.array(scores)

    def count(threshold, number=1000):
        return min(int((scores > threshold).sum()), number)

    threshold = find_threshold(count, people)
    number = find_number(lambda most: count(threshold, most), people, 100)
    assert count(threshold, number) == min(people, len(scores))
    # No score lower than it must be.
    if len(scores) >= people:
        assert (scores > threshold).sum() == (scores >= np.sort(scores)[-people]).sum()


def test_nobody_passes_the_threshold_for_nobody():
    assert find_threshold(lambda threshold: 1 / 0, 0) == 1.0


def test_settled_networks_neither_grow_nor_fade():
    torch.manual_seed(0)
    layers = [nn.Sequential(nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8), nn.ReLU()) for _ in range(12)]
    network = nn.Sequential(*layers).eval()
    images = torch.randn(2, 8, 40, 40)
    faded = network(images).std()
    settle(network, lambda: network(images))
    assert faded < 0.1 < 0.3 < network(images).std() < 3
    assert not network[0][1].training and network[0][1].momentum == 0.1


def test_stages_do_not_count_what_is_inside_them(monkeypatch):
    now = [0.0]
    monkeypatch.setattr('time.perf_counter', lambda: now[0])

    class Model:
        def outer(self):
            now[0] += 1
            self.inner()
            now[0] += 2

        def inner(self):
            now[0] += 4

    model, clock = Model(), StageClock()
    clock.wrap(model, 'outer', 'post')
    clock.wrap(model, 'inner', 'network')
    model.outer()
    model.inner()
    assert clock.take() == dict(post=3.0, network=8.0)
    assert clock.take() == {}


def test_pictures_have_as_many_boxes_as_people(tmp_path):
    picture = take_picture(2, (96, 128))
    assert picture.image.shape == (96, 128, 3) and picture.boxes.shape == (2, 4)
    assert (picture.boxes[:, 2:] > picture.boxes[:, :2]).all()
    picture.save(tmp_path / 'p.npz')
    again = Picture.load(tmp_path / 'p.npz')
    assert np.array_equal(again.image, picture.image) and np.array_equal(again.boxes, picture.boxes)


@pytest.fixture(scope='module')
def picture():
    image = np.random.default_rng(0).integers(0, 255, (192, 256, 3), dtype=np.uint8)
    return Picture(image, np.tile(np.array([[10, 10, 60, 90]], np.float32), (3, 1)))


def test_a_network_finds_as_many_as_there_are(picture):
    entry = Entry('n6', 'n6', 'one-stage', (640, 640), config='lrfg/lrfg-n6_1xb32-80e_coco-640.py')
    way = open_way(entry, Options(shape=(256, 256)))
    for people in (3, 0):
        way.show(Picture(picture.image, picture.boxes[:people]))
        assert way.input_shape == (256, 256)
        assert way.poses(picture.image) == people
    assert {'input', 'network', 'post'} <= set(way.clock.take())
    way.network(way.input(2))


@pytest.mark.parametrize('form', ['', 'onnx-int8'])
def test_an_exported_network_finds_as_many_too(picture, form):
    config = 'lrfg/lrfg-n6_1xb32-80e_coco-640.py'
    entry = Entry('n6', 'n6', 'one-stage', (640, 640), config=config, format=form)
    # An entry's own format goes before the runtime of the others.
    way = open_way(entry, Options(shape=(128, 128), runtime='torch' if form else 'onnx'))
    way.show(picture)
    assert way.poses(picture.image) == 3
    weights = {i.name: i.type for i in way.estimator.engine.session.get_inputs()}
    assert list(weights.values()) == ['tensor(uint8)']
    assert way.estimator.metadata.precision == ('int8' if form else 'fp32')
    way.network(way.input(1))


def test_networks_of_others_are_not_exported():
    entry = Entry('r', 'R', 'one-stage', (64, 64), build=nn.Identity, format='onnx')
    with pytest.raises(UserError, match='only networks of this package'):
        open_way(entry, Options())


def test_a_worker_answers_in_plain_values_and_sentences(picture, tmp_path, monkeypatch):
    class Head(nn.Module):
        def forward(self, images):
            return images.mean()

    entry = Entry('x', 'X', 'bottom-up', (32, 32), build=Head, no_poses='not grouped')
    monkeypatch.setattr('mmpose_lrfg.benchmark.speed.worker.entry_of', lambda name: entry)
    threads = torch.get_num_threads()
    worker = Worker()
    loaded = worker.answer(dict(do='load', name='x', options=dict(shape=None, threads=threads)))
    assert loaded == dict(ok=True, shape=[32, 32], no_poses='not grouped')
    assert worker.answer(dict(do='network', batch=1))['seconds'] > 0
    assert worker.answer(dict(do='memory'))['rss_mb'] > 10
    assert worker.answer(dict(do='poses')) == dict(ok=False, reason='not grouped')
    wrong = worker.answer(dict(do='load', name='x', options=dict(checkpoint='a.pth')))
    assert wrong == dict(ok=False, reason='x cannot load a checkpoint: it is a network only')
