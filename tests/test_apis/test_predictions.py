import json

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
    first, second, third = networks = [Network(stop_after=3), Network(), Network()]
    monkeypatch.setattr(ModelSpec, 'open', lambda *args, **options: networks.pop(0))
    with pytest.raises(KeyboardInterrupt):
        predict_all(spec, images, tmp_path / 'kept', batch_size=1)
    assert not (tmp_path / 'kept' / 'a_net.results.json').exists()
    # Killed in the middle of a line: its image is predicted again.
    (partial,) = (tmp_path / 'kept').glob('.a_net.*.partial')
    partial.write_bytes(partial.read_bytes()[:-5])
    steps = []
    found = predict_all(
        spec, images, tmp_path / 'kept', 'cpu', 2, on_progress=lambda *now: steps.append(now)
    )
    assert first.seen == second.seen == 3
    assert steps[0] == (2, 5) and steps[-1] == (5, 5)
    scores = {n: poses.scores.tolist() for n, poses in found.items()}
    assert scores == {n: [pytest.approx(40 * n / 255, rel=1e-4)] for n in range(1, 6)}
    # The results stand for the model, and another checkpoint starts anew.
    (again,) = parse_specs([str(tmp_path / 'kept' / 'a_net.results.json')])
    assert again.label == 'a_net' and again.is_results
    same = predict_all(again, images, tmp_path / 'none')
    assert {n: poses.scores.tolist() for n, poses in same.items()} == scores
    checkpoint.write_bytes(b'other weights')
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


def test_results_without_boxes(tmp_path):
    path = tmp_path / 'results.json'
    points = [4, 9, 0.5, *[1, 2, 1] * 15, 7, 3, 1]
    path.write_text(json.dumps([dict(image_id=1, keypoints=points, score=1)]))
    (record,) = read_results_json(path)[1]
    assert (record['bbox'], record['category_id']) == ([1, 2, 6, 7], 1)
