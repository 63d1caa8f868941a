"""Models as a command line names them, and their predictions."""

import json
from types import SimpleNamespace

import pytest
from toy_media import OnePerson, write_image

from mmpose_lrfg.apis.model_specs import ModelSpec
from mmpose_lrfg.benchmark.predictions import (
    ImageFile,
    parse_specs,
    predict_models,
    read_results_json,
)
from mmpose_lrfg.runtime import Skeleton
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.weights import BY_NAME

HERE = __file__


@pytest.mark.parametrize(
    ('names', 'labels'),
    [
        (['ours=net8', 'net8.py', 'net8'], ['ours', 'net8', 'net8_2']),
        (['mine=a/config.py', 'b/config.py', 'c/config.py'], ['mine', 'config', 'config_2']),
    ],
)
def test_labels(names, labels):
    specs = parse_specs([f'{name}:{HERE}' for name in names])
    assert [spec.label for spec in specs] == labels


def test_files(tmp_path):
    for name in ('a.onnx', 'b.results.json'):
        (tmp_path / name).touch()
    specs = parse_specs([f'{tmp_path}/a.onnx', f'{tmp_path}/b.results.json', f'net8:{HERE}'])
    assert [(s.label, s.config, s.is_results) for s in specs] == [
        ('a.onnx', None, False), ('b', None, True), ('net8', 'net8', False)
    ]  # fmt: skip
    plain, named = parse_specs(['n6', 'small=n6'])
    assert (plain.config, plain.path) == (named.config, named.path) == BY_NAME['n6'].files()
    assert (plain.label, named.label) == ('n6', 'small')


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('mmpose_lrfg::net8', 'has no checkpoint'),
        ('weights.pth', 'unknown model weights.pth'),
        ('net8:test_model_spec.py', 'does not exist'),
        (f'{HERE[:-3]}.onnx', 'does not exist'),
    ],
)
def test_invalid_specs(text, message):
    with pytest.raises(UserError, match=message):
        parse_specs([text])


def test_results_stand_for_the_model(tmp_path, monkeypatch):
    images = [ImageFile(n, write_image(tmp_path / f'{n}.png', 40 * n)) for n in range(1, 6)]
    monkeypatch.setattr(ModelSpec, 'open', lambda *args, **options: OnePerson())
    (first,) = predict_models([f'a net=toy.py:{HERE}'], images, tmp_path, 'cpu', 2).values()
    results = tmp_path / 'predictions' / 'a_net.results.json'
    monkeypatch.undo()
    (again,) = predict_models([str(results)], images, tmp_path).values()
    for found in (first, again):
        scores = {n: poses.scores.tolist() for n, poses in found.items()}
        assert scores == {n: [pytest.approx(40 * n / 255, rel=1e-4)] for n in range(1, 6)}


def test_other_keypoints_are_refused(tmp_path, monkeypatch):
    cards = SimpleNamespace(skeleton=Skeleton(('corner', 'centre'), ()))
    monkeypatch.setattr(ModelSpec, 'open', lambda *args, **options: cards)
    with pytest.raises(UserError, match='toy predicts 2 keypoints of its own'):
        predict_models([f'toy=a.py:{HERE}'], [], tmp_path)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('[', 'is not JSON'),
        ('[{"image_id": 1}]', r'\[0\]: missing keypoints'),
        (json.dumps([dict(image_id=1, keypoints=[1, 2, 1], score=1)]), 'array of length >= 51'),
        (json.dumps([dict(image_id=9, keypoints=[1] * 51, score=1)]), 'is of other images'),
    ],
)
def test_invalid_results(tmp_path, content, message):
    path = tmp_path / 'results.json'
    path.write_text(content)
    with pytest.raises(UserError, match=message):
        read_results_json(path, {1})


def test_results_without_boxes(tmp_path):
    path = tmp_path / 'results.json'
    points = [4, 9, 0.5, *[1, 2, 1] * 15, 7, 3, 1]
    path.write_text(json.dumps([dict(image_id=1, keypoints=points, score=1)]))
    (record,) = read_results_json(path)[1]
    assert (record['bbox'], record['category_id']) == ([1, 2, 6, 7], 1)
