"""A network is its own teacher here: what PyTorch finds best is what there is to find."""

import copy
import json
from dataclasses import replace

import cv2
import pytest

from mmpose_lrfg.benchmark import formats
from mmpose_lrfg.benchmark.formats import choose_formats
from mmpose_lrfg.deploy.images import trial_images
from mmpose_lrfg.utils.errors import UserError


@pytest.fixture(scope='module')
def labels(predictor, tmp_path_factory):
    """COCO JSON of the best people of each picture, beside the folder of pictures."""
    root = tmp_path_factory.mktemp('data')
    (root / 'val').mkdir()
    (root / 'annotations').mkdir()
    images, people = [], []
    # The same image: scores of random weights differ between images, and AP ranks all together.
    pictures = [cv2.resize(trial_images()[0], (120, 150))] * 3
    for number, (picture, poses) in enumerate(zip(pictures, predictor(pictures)), 1):
        cv2.imwrite(str(root / 'val' / f'{number}.png'), picture)
        images.append({'id': number, 'file_name': f'{number}.png'})
        for row in poses[:3].to_coco(number):
            row['keypoints'][2::3] = [2] * 17
            # Boxes of random weights may be empty; OKS is relative to the area.
            area = max(row['bbox'][2] * row['bbox'][3], 32**2)
            people.append(dict(row, id=len(people) + 1, num_keypoints=17, area=area, iscrowd=0))
    content = dict(images=images, annotations=people, categories=[{'id': 1, 'name': 'person'}])
    path = root / 'annotations' / 'val.json'
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def quick(monkeypatch):
    """Quantising takes long, and random weights multiply its error: a small fault stands for it."""
    real_export, calibrated = formats.export, []

    def export(model, path, options, must_agree):
        assert not must_agree
        if options.int8:
            calibrated.append(options.calib)
            model = copy.deepcopy(model)
            model.head.anchors.sizes[:] *= 0.5
            for conv in model.head.head_module.keypoints:
                conv.weight.data *= 1.5
        return real_export(model, path, replace(options, int8=False, calib=None), must_agree)

    monkeypatch.setattr(formats, 'export', export)
    return calibrated


def test_formats_of_a_network(run_tool, quick, tiny, labels, tmp_path, capsys):
    out = tmp_path / 'a.json', tmp_path / 'a.md'
    argv = (*tiny, '--data', labels, '--formats', 'onnx-int8', 'onnx', '--repetitions', 1)
    assert run_tool('benchmark formats', *argv, '--json', out[0], '--markdown', out[1]) == 0
    torch, onnx, integers = json.loads(out[0].read_text())['formats']
    assert torch['ap'] > 0.9 and torch['megabytes'] is None
    assert onnx['difference'] == pytest.approx(0, abs=1e-6) and onnx['megabytes'] > 0.5
    assert integers['difference'] < -0.02
    assert torch['ratio'] == 1 and onnx['ratio'] == pytest.approx(onnx['ms'] / torch['ms'])
    assert quick == [labels.parents[1] / 'val']
    assert f'| torch | {torch["ms"]:.1f} |' in out[1].read_text()
    assert 'onnx-int8' in capsys.readouterr().out


def test_exported_files(run_tool, exported, labels, tmp_path, capsys):
    out, argv = tmp_path / 'a.json', ('--model', exported(), exported(uint8=True))
    argv += ('--repetitions', 1, '--json', out)
    assert run_tool('benchmark formats', *argv) == 0
    assert 'AP' not in capsys.readouterr().out
    rows = json.loads(out.read_text())['formats']
    assert [row['ap'] for row in rows] == [None] * len(rows) and rows[0]['ms'] > 0
    assert run_tool('benchmark formats', *argv, '--data', labels, '--limit', 1) == 0
    rows = json.loads(out.read_text())['formats']
    assert rows[0]['ap'] > 0.9 and rows[-1]['difference'] == pytest.approx(0, abs=1e-3)


def test_wrong_arguments(run_tool, tiny, tmp_path, capsys):
    (tmp_path / 'a.onnx').touch()
    for argv, message in (
        ((*tiny, '--data', tmp_path / 'no.json'), 'no.json does not exist'),
        (('--model', tmp_path / 'a.onnx', '--weights', 's6'), '--model excludes'),
        ((*tiny, '--json', tiny[0]), 'is an input of this command'),
    ):
        assert run_tool('benchmark formats', *argv) == 2
        assert message in capsys.readouterr().err


def test_formats_are_named(monkeypatch):
    assert choose_formats(['onnx-int8', 'onnx']) == ['onnx', 'onnx-int8']
    with pytest.raises(UserError, match=r'unknown format onxx\. Did you mean onnx'):
        choose_formats(['onxx'])
    monkeypatch.setattr(
        formats.importlib.util, 'find_spec', lambda name: None if name == 'openvino' else 1
    )
    assert choose_formats() == ['onnx', 'onnx-fp16', 'onnx-int8']
    with pytest.raises(UserError, match='pip install openvino'):
        choose_formats(['openvino-bf16'])
