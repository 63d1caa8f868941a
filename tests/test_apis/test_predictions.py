"""Predictions of many images are kept, and an interrupted run goes on."""

import json

import numpy as np
import pytest
from toy_media import OnePerson, write_image

from mmpose_lrfg.apis.model_specs import ModelSpec, parse_specs
from mmpose_lrfg.apis.predictions import ImageFile, predict_all, read_results_json
from mmpose_lrfg.utils.errors import UserError


class Network(OnePerson):
    """Also counts images, and is interrupted after some."""

    def __init__(self, stop_after=99):
        super().__init__()
        self.seen, self.stop_after = 0, stop_after

    def person(self, image):
        if self.seen == self.stop_after:
            raise KeyboardInterrupt
        self.seen += 1
        return super().person(image)


@pytest.fixture
def images(tmp_path):
    return [ImageFile(n, write_image(tmp_path / f'{n}.png', 40 * n)) for n in range(1, 6)]


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
