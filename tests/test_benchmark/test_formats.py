"""A network is its own teacher here: what PyTorch finds best is what there is to find."""

import copy
import json
from dataclasses import replace

import cv2
import pytest

from mmpose_lrfg.benchmark import formats
from mmpose_lrfg.benchmark.formats import choose_formats, compare_formats, format_table
from mmpose_lrfg.datasets.coco_folder import open_labels
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


def test_a_file_in_floats_has_the_networks_ap(predictor, labels, tmp_path, monkeypatch):
    # Quantising takes long, and random weights multiply its error: a small fault stands for it.
    def export(model, path, options, must_agree):
        assert not must_agree
        if options.int8:
            assert options.calib == labels.parent.parent / 'val'
            model = copy.deepcopy(model)
            model.head.anchors.sizes[:] *= 0.5
            for conv in model.head.head_module.keypoints:
                conv.weight.data *= 1.5
        return real_export(model, path, replace(options, int8=False, calib=None), must_agree)

    real_export = formats.export
    monkeypatch.setattr(formats, 'export', export)
    rows = list(
        compare_formats(
            predictor.model, open_labels(labels), ['torch', 'onnx', 'onnx-int8'],
            tmp_path,
        )
    )  # fmt: skip
    torch, onnx, integers = rows
    assert torch.ap > 0.9 and torch.good and torch.images == 3
    assert onnx.difference == pytest.approx(0, abs=1e-6) and onnx.good
    assert onnx.megabytes > 0.5
    assert integers.difference < -0.02 and not integers.good
    table = format_table(rows).to_markdown().splitlines()
    assert table[2].startswith(f'| torch | {torch.ap:.4f} | +0.0000 |')
    assert 'too far. calibrated on 64 images at most' in table[4]


def test_formats_are_named(monkeypatch):
    assert choose_formats(['onnx-int8', 'onnx']) == ['torch', 'onnx', 'onnx-int8']
    with pytest.raises(UserError, match=r'unknown format onxx\. Did you mean onnx'):
        choose_formats(['onxx'])
    monkeypatch.setattr(
        formats.importlib.util, 'find_spec', lambda name: None if name == 'openvino' else 1
    )
    assert choose_formats(None) == ['torch', 'onnx', 'onnx-fp16', 'onnx-int8']
    with pytest.raises(UserError, match='pip install openvino'):
        choose_formats(['openvino-bf16'])


def test_the_tool_makes_both_tables(run_tool, tiny, labels, tmp_path, capsys):
    written = '--json', tmp_path / 'a.json', '--markdown', tmp_path / 'a.md'
    arguments = ('--data', labels, '--formats', 'torch', '--limit', 1)
    assert run_tool('compare_formats', *tiny, *arguments, *written) == 0
    rows = json.loads((tmp_path / 'a.json').read_text())
    assert [(row['name'], row['images'], row['good']) for row in rows] == [('torch', 1, True)]
    assert '| torch |' in (tmp_path / 'a.md').read_text()
    assert run_tool('compare_formats', *tiny, '--data', tmp_path / 'no.json') == 2
    assert 'no.json does not exist' in capsys.readouterr().err
