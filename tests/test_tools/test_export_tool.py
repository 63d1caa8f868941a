"""From a checkpoint to an ONNX file to poses, by the command lines."""

import json
import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from mmpose_lrfg.weights import S6

EXAMPLES = Path(__file__).parents[2] / 'examples'


@pytest.fixture(scope='module')
def model(run_tool, tiny, tmp_path_factory):
    path = tmp_path_factory.mktemp('model') / 'tiny.onnx'
    assert run_tool('export', *tiny, '--out', path, '--uint8', '--dynamic') == 0
    return path


@pytest.fixture
def image(tmp_path):
    path = tmp_path / 'image.png'
    picture = np.random.default_rng(0).integers(0, 255, (60, 90, 3), dtype=np.uint8)
    cv2.imwrite(str(path), picture)
    return path


def test_the_same_json_by_every_runtime(run_tool, tiny, model, image, tmp_path):
    found = {}
    network = ('--config', tiny[0], '--checkpoint', tiny[1])
    torchscript = tmp_path / 'tiny.pt'
    options = ('--format', 'torchscript', '--uint8', '--out', torchscript)
    assert run_tool('export', *tiny, *options) == 0
    for name, arguments in {
        'torch': (*network, '--runtime', 'torch'),
        'model': ('--model', model, '--runtime', 'onnx'),
        'onnx': (*network, '--runtime', 'onnx'),
        'torchscript': ('--model', torchscript),
    }.items():
        out = tmp_path / name
        # Random weights: this is where a few of the anchors lie.
        options = ('--out', out, '--score-thr', '0.0005')
        assert run_tool('predict', image, *arguments, *options) == 0
        found[name] = json.loads((out / 'predictions.json').read_text())
        assert (out / 'image.png').is_file()
    assert len(found['torch']) > 10

    def by_place(records):
        return sorted((*np.round(r['bbox'], 1), r['score']) for r in records)

    for name in ('model', 'onnx', 'torchscript'):
        ours, theirs = by_place(found[name]), by_place(found['torch'])
        assert np.allclose(ours[:10], theirs[:10], atol=0.11)
        assert len(ours) == len(theirs)


def test_what_export_says(run_tool, tiny, model, tmp_path, capsys):
    out = tmp_path / 'a.onnx'
    assert run_tool('export', *tiny, '--out', out) == 0
    output = capsys.readouterr()
    assert 'a.onnx (' in output.out and 'pixels' in output.out
    for arguments, sentence in (
        ((*tiny, '--opset', '3'), '--opset: must be a whole number in 14..20'),
        ((*tiny, '--img-size', '100', '64'), 'got 100 x 64; the nearest is 128 x 64'),
        ((*tiny, '--shape', '100', '64'), '--shape is now --img-size'),
        ((*tiny, '--batch=2'), '--batch is now --batch-size'),
        ((*tiny, '--merge-thr', 1), '--merge-thr is now --wnms-thr'),
        ((tiny[0], 'absent.pth'), 'absent.pth does not exist'),
        ((tiny[0],), 'CONFIG and CHECKPOINT go together'),
        ((*tiny, '--int8'), '--calib'),
        ((*tiny, '--out', tmp_path / 'a.xml'), 'files of onnx end in .onnx'),
    ):
        assert run_tool('export', *arguments) == 2
        assert sentence in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ['a.onnx']


def test_a_checkpoint_from_an_address(run_tool, tiny, serve, image, tmp_path, monkeypatch, capsys):
    content = torch.load(tiny[1])
    good, nan = content['state_dict'], dict(content['state_dict'])
    name = next(iter(good))
    nan[name] = nan[name] * float('nan')
    (tmp_path / 'served').mkdir()
    for stem, state in (('good', good), ('nan', nan), ('empty', {})):
        torch.save(dict(content, state_dict=state), tmp_path / 'served' / f'{stem}.pth')
    address = serve(tmp_path / 'served').address
    (tmp_path / 'here').mkdir()
    monkeypatch.chdir(tmp_path / 'here')
    for stem, sentence in (
        ('nan', f'1 tensors hold NaN or infinity ({name})'),
        ('empty', '0 tens'),
    ):
        checkpoint = f'{address}/{stem}.pth'
        assert run_tool('export', tiny[0], checkpoint) == 2
        assert sentence in capsys.readouterr().err
        network = ('--config', tiny[0], '--checkpoint', checkpoint)
        assert run_tool('predict', image, *network, '--json', 'found.json') == 2
        assert sentence in capsys.readouterr().err
        served = tmp_path / f'served/{stem}.pth'
        assert run_tool('publish', tiny[0], served, '--out', 'out.pth') == 2
        assert sentence in capsys.readouterr().err
    assert not list(Path().iterdir())
    assert run_tool('export', tiny[0], f'{address}/good.pth') == 0
    assert [file.name for file in Path().iterdir()] == ['good.onnx']


def test_no_input_and_no_older_file_is_replaced(run_tool, tiny, tmp_path, monkeypatch, capsys):
    config, checkpoint = tiny
    best = tmp_path / 'best.pt'
    best.write_bytes(Path(checkpoint).read_bytes())
    torchscript = ('export', config, best, '--format', 'torchscript')
    assert run_tool(*torchscript) == 0
    written = tmp_path / 'best-torchscript.pt'
    before = written.read_bytes()
    for out, sentence in (((), 'best-torchscript.pt exists'), (('--out', best), 'is an input')):
        assert run_tool(*torchscript, *out) == 2
        assert sentence in capsys.readouterr().err
    assert run_tool(*torchscript, '--out', best, '--overwrite') == 2
    assert best.read_bytes() == Path(checkpoint).read_bytes()
    assert written.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ['best-torchscript.pt', 'best.pt']
    assert run_tool(*torchscript, '--overwrite') == 0


def test_without_a_network_that_of_the_package_is_exported(
    run_tool, image, tmp_path, monkeypatch, capsys
):
    configs = Path('configs').resolve()
    monkeypatch.chdir(tmp_path)
    Path('configs').symlink_to(configs)
    assert run_tool('export', '--uint8', '--dynamic') == 0
    written = Path(f'{Path(S6.file).stem}-dynamic-uint8.onnx')
    assert str(written) in capsys.readouterr().out
    found = []
    for model in (('--model', written), ()):
        options = ('--json', 'found.json', '--score-thr', 0.001, '--precision', 'fp32')
        assert run_tool('predict', image, *model, *options) == 0
        found.append(np.sort([r['score'] for r in json.loads(Path('found.json').read_text())]))
    np.testing.assert_allclose(*found, atol=1e-4)


def test_examples(model, image, tmp_path, monkeypatch):
    example = runpy.run_path(str(EXAMPLES / 'predict_image.py'))
    example['main'](str(model), str(image), str(tmp_path / 'drawn.png'))
    assert cv2.imread(str(tmp_path / 'drawn.png')).shape == (60, 90, 3)
    with pytest.raises(example['ModelError'], match='image 0 is None'):
        example['main'](str(model), 'absent.png')

    shown = []
    monkeypatch.setattr(cv2, 'imshow', lambda title, frame: shown.append(frame))
    monkeypatch.setattr(cv2, 'waitKey', lambda delay: -1)
    runpy.run_path(str(EXAMPLES / 'webcam.py'))['main'](str(model), str(image))
    assert len(shown) == 1 and shown[0].shape == (60, 90, 3)
    with pytest.raises(SystemExit, match=r'absent\.mp4 cannot be opened'):
        runpy.run_path(str(EXAMPLES / 'webcam.py'))['main'](str(model), 'absent.mp4')
