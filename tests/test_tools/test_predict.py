import json
import sys

import cv2
import numpy as np
import pytest
from toy_media import write_video

from mmpose_lrfg.weights import BY_NAME


@pytest.fixture
def network(tiny):
    """Arguments that name a tiny network with random weights."""
    config, checkpoint = tiny
    return '--config', config, '--checkpoint', checkpoint, '--runtime', 'torch'


@pytest.fixture
def images(tmp_path):
    noise = np.random.default_rng(0)
    folder = tmp_path / 'images'
    folder.mkdir()
    for index, shape in enumerate([(60, 90, 3), (90, 60, 3), (33, 44, 3)]):
        image = noise.integers(0, 255, shape, dtype=np.uint8)
        assert cv2.imwrite(str(folder / f'{index}.png'), image)
    return folder


def test_a_folder(run_tool, network, images, tmp_path, capsys):
    (images / 'broken.png').write_bytes(b'broken')
    out, listed = tmp_path / 'out', tmp_path / 'new' / 'found.json'
    options = ('--out', out, '--json', listed, '--batch-size', 2, '--score-thr', 0.001)
    assert run_tool('predict', images, *network, *options) == 0
    output = capsys.readouterr().err
    assert 'on 3 images or frames; 1 skipped that cannot be decoded: broken.png' in output
    found = json.loads(listed.read_text())
    assert {r['file_name'] for r in found} == {'0.png', '1.png', '2.png'}
    assert all(r['score'] >= 0.001 and len(r['keypoints']) == 51 for r in found)
    for name in ('0.png', '1.png', '2.png'):
        before, after = cv2.imread(str(images / name)), cv2.imread(str(out / name))
        assert before.shape == after.shape and (before != after).any()


def test_no_detections_and_default_json(run_tool, network, images, tmp_path):
    out = tmp_path / 'out'
    assert run_tool('predict', images / '*.png', *network, '--out', out, '--score-thr', 1) == 0
    assert json.loads((out / 'predictions.json').read_text()) == []
    for name in ('0.png', '2.png'):
        assert (cv2.imread(str(out / name)) == cv2.imread(str(images / name))).all()


@pytest.mark.parametrize('given', [(), ('--weights', 'n6')], ids=['default', 'n6'])
def test_released_weights(given, run_tool, images, tmp_path):
    config, checkpoint = BY_NAME[given[1] if given else 's6'].files()
    found = []
    for network in (given, ('--config', config, '--checkpoint', checkpoint)):
        path = tmp_path / 'found.json'
        assert run_tool('predict', images, *network, '--json', path, '--score-thr', 0.001) == 0
        found.append(json.loads(path.read_text()))
    assert found[0] == found[1] != []


def test_results_have_a_folder_of_their_own(run_tool, network, images, monkeypatch, capsys):
    monkeypatch.chdir(images)
    for name in ('predict', 'predict-2'):
        assert run_tool('predict', '.', *network) == 0
        # Earlier results are no sources.
        assert f'on 3 images or frames; results in outputs/{name}' in capsys.readouterr().err
        files = sorted(path.name for path in (images / 'outputs' / name).iterdir())
        assert files == ['0.png', '1.png', '2.png', 'predictions.json']


def test_options_of_drawing_and_of_the_network(run_tool, network, images, tmp_path):
    image = images / '0.png'
    drawn = []
    for options in (('--line-width', 3), ('--hide', 'boxes', 'labels', 'keypoints', 'skeleton')):
        low = ('--score-thr', 0, '--keypoint-thr', 0, '--flip-test', '--nms-thr', 0.3)
        assert run_tool('predict', image, *network, *low, *options, '--out', tmp_path) == 0
        drawn.append((cv2.imread(str(tmp_path / '0.png')) != cv2.imread(str(image))).any())
    assert drawn == [True, False]


def test_track(run_tool, network, images, tmp_path):
    pytest.importorskip('trackers', reason='trackers is not installed')
    video = write_video(tmp_path / 'a.mp4')
    path = tmp_path / 'found.json'
    assert run_tool('track', video, *network, '--json', path, '--score-thr', 0.001) == 0
    assert all('track_id' in record for record in json.loads(path.read_text()))
    assert run_tool('track', video, *network, '--smooth-offline', '--out', tmp_path / 'out') == 0
    assert (tmp_path / 'out/a.mp4').stat().st_size > 0


def test_user_errors(run_tool, network, images, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, 'trackers', None)
    out = ('--out', tmp_path / 'out')
    (images / '1.png').write_bytes(b'broken')
    broken = tmp_path / 'broken.onnx'
    broken.write_bytes(b'broken')
    for arguments, sentence in (
        # Before the model is loaded.
        ((images, '--model', broken, '--out', images), 'be overwritten'),
        ((images / '0.pgn', *network, *out), '0.pgn does not exist. Did you mean 0.png?'),
        ((images, *network, *out, '--strict'), '1.png cannot be decoded'),
        ((images, *network, '--json', network[3]), 'tiny.pth is an input'),
        ((images, *network, *out, '--device', 'cuda:99'), 'no GPU'),
        ((images, '--config', 'net9', *network[2:], *out), 'config net9 does not exist'),
        ((images, *network[:2], *out), '--config and --checkpoint go together'),
        ((images, '--model', broken, *network, *out), '--model excludes --config'),
        ((images, '--weights', 'n6', *network, *out), 'it excludes --config'),
        ((images, '--model', broken, '--flip-test', *out), '--flip-test need a checkpoint'),
        ((images, *network, '--out-dir', 'a'), '--out-dir is now --out'),
        ((images, *network, *out, '--classes', 'persn'), 'no class persn, only person. Did you'),
        ((images, '--runtime', 'torchscript', *out), '--runtime torchscript needs --model'),
        ((images, *network, *out, '--hide', 'feet'), "invalid choice: 'feet'"),
        ((images, *network, '--json', 'a.json', '--save-video'), '--save-video needs --out'),
        ((images, *network, *out, '--smooth'), '--smooth needs --track'),
        ((images, *network, *out, '--smooth-offline'), '--smooth-offline needs --track'),
        ((images, *network, *out, '--track', 'bytetrack'), 'needs the package trackers'),
        ((images, *network, *out, '--stride', '0'), '--stride: must be a whole number in 1'),
        (('rstp://camera', *network, *out), 'Did you mean rtsp?'),
    ):
        assert run_tool('predict', *arguments) == 2
        assert sentence in capsys.readouterr().err
