"""Predictions of many images are kept, and an interrupted run goes on."""

import json

import cv2
import numpy as np
import pytest

from mmpose_lrfg.apis import predictions
from mmpose_lrfg.apis.model_specs import ModelSpec, parse_specs
from mmpose_lrfg.apis.predictions import ImageFile, predict_all, read_results_json
from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.utils.errors import UserError


class Network:
    """Finds one person in every image, whose score tells the image's brightness."""

    def __init__(self, stop_after=99):
        self.seen, self.stop_after = 0, stop_after

    def __call__(self, images):
        found = []
        for image in images:
            if self.seen == self.stop_after:
                raise KeyboardInterrupt
            self.seen += 1
            found.append(
                Poses(
                    boxes=[[1, 2, 30, 40]],
                    scores=[image.mean() / 255],
                    keypoints=np.full((1, 17, 2), 5.0),
                    keypoint_scores=np.ones((1, 17)),
                )
            )
        return found


@pytest.fixture
def images(tmp_path):
    for n in range(1, 6):
        cv2.imwrite(str(tmp_path / f'{n}.png'), np.full((50, 60, 3), 40 * n, np.uint8))
    return [ImageFile(n, tmp_path / f'{n}.png') for n in range(1, 6)]


def test_an_interrupted_run_goes_on(images, tmp_path, monkeypatch):
    checkpoint = tmp_path / 'best.pth'
    checkpoint.write_bytes(b'weights')
    spec = ModelSpec('a net', 'toy.py', str(checkpoint))
    networks = [Network(stop_after=3), Network(), Network()]
    monkeypatch.setattr(ModelSpec, 'open', lambda *args: networks.pop(0))
    with pytest.raises(KeyboardInterrupt):
        predict_all(spec, images, tmp_path / 'kept', batch_size=1)
    assert not (tmp_path / 'kept' / 'a_net.results.json').exists()
    # Killed in the middle of a line.
    (partial,) = (tmp_path / 'kept').glob('.a_net.*.partial')
    with partial.open('a') as file:
        file.write('[4, [{"im')
    second, steps = networks[0], []
    found = predict_all(spec, images, tmp_path / 'kept', batch_size=2,
                        on_progress=lambda *now: steps.append(now))  # fmt: skip
    assert second.seen == 2, 'three were there'
    assert steps[0] == (3, 5) and steps[-1] == (5, 5)
    np.testing.assert_allclose([found[n].scores[0] * 255 for n in found], [40, 80, 120, 160, 200],
                               rtol=1e-4)  # fmt: skip
    # The results stand for the model, and another checkpoint starts anew.
    (again,) = parse_specs([str(tmp_path / 'kept' / 'a_net.results.json')])
    assert again.label == 'a_net' and again.is_results
    same = predict_all(again, images, tmp_path / 'none')
    assert {n: p.scores.tolist() for n, p in same.items()} == {
        n: p.scores.tolist() for n, p in found.items()
    }
    checkpoint.write_bytes(b'other weights')
    third = networks[0]
    predict_all(spec, images, tmp_path / 'kept')
    assert third.seen == 5


def test_specs():
    specs = parse_specs([f'ours=net8:{__file__}', f'net8.py:{__file__}', f'net8:{__file__}'])
    assert [s.label for s in specs] == ['ours', 'net8', 'net8 2']
    assert specs[0].config == 'net8' and not specs[0].is_results


def test_configs_of_one_name_are_called_by_their_folders():
    here = ('net1/seed0', 'net8/seed0', 'net8/seed1')
    specs = parse_specs([f'runs/{folder}/config.py:{__file__}' for folder in here])
    assert [s.label for s in specs] == ['net1 seed0', 'net8 seed0', 'net8 seed1']
    specs = parse_specs([f'runs/{folder}/config.py:{__file__}' for folder in here[:2]])
    assert [s.label for s in specs] == ['net1', 'net8']
    specs = parse_specs([f'mine=a/config.py:{__file__}', f'b/c/config.py:{__file__}'])
    assert [s.label for s in specs] == ['mine', 'config']


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        ('[', 'is not JSON'),
        ('[{"image_id": 1}]', r'\[0\]: missing keypoints'),
        (json.dumps([dict(image_id=1, keypoints=[1, 2, 1], score=1)]), 'array of length >= 51'),
        (json.dumps([dict(image_id=9, keypoints=[1] * 51, score=1)]), 'is of other images'),
    ],
)
def test_results_that_are_none(tmp_path, content, said):
    path = tmp_path / 'results.json'
    path.write_text(content)
    with pytest.raises(UserError, match=said):
        read_results_json(path, {1})
    assert predictions.SCORE_THR < 0.3
