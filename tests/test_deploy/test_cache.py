import numpy as np
import pytest

from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.deploy import cache
from mmpose_lrfg.deploy.cache import cache_key, find_copy, open_network
from mmpose_lrfg.runtime import PoseEstimator
from mmpose_lrfg.utils.errors import UserError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    # Without OpenVINO, whose bfloat16 differs by more than rounding.
    monkeypatch.setattr(cache, 'fastest', lambda: 'onnx')
    return tmp_path / 'mmpose_lrfg'


def test_a_checkpoint_is_exported_once(tiny, predictor, pictures, folder, monkeypatch, capsys):
    options = dict(score_thr=0.2, nms_thr=0.4, img_size=(192, 64))
    first = open_network(*tiny, **options)
    assert f'exporting the network once to {folder}' in capsys.readouterr().err
    (copy,) = folder.iterdir()
    expected = PosePredictor.from_files(*tiny, **options)(pictures)
    for ours, theirs in zip(first(pictures), expected, strict=True):
        np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-3)
    monkeypatch.setattr(cache, 'write_copy', None)
    again = open_network(*tiny)
    assert isinstance(again, PoseEstimator) and again.path == copy
    # The thresholds of the first call are not in the file.
    assert again.thresholds['nms_thr'] == predictor.model.test_cfg['nms_thr']
    assert again.size == (128, 128) and not capsys.readouterr().err


def test_a_damaged_copy_is_written_again(tiny, folder):
    path = open_network(*tiny).path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert find_copy(cache_key(*tiny)) is None and not list(folder.iterdir())
    assert open_network(*tiny).path.is_file()


def test_old_copies_are_removed(tiny, folder, monkeypatch):
    monkeypatch.setattr(cache, 'KEPT', 1)
    folder.mkdir()
    (folder / 'older-0.onnx').touch()
    path = open_network(*tiny).path
    assert list(folder.iterdir()) == [path]


def test_the_key(tiny, tmp_path, monkeypatch):
    config, checkpoint = tiny
    keys = [cache_key(config, checkpoint)]
    (tmp_path / 'b.pth').write_bytes(b'other weights')
    keys.append(cache_key(config, tmp_path / 'b.pth'))
    (tmp_path / 'b.py').write_text(f'_base_ = {config!r}\nmodel = dict(test_cfg=dict(nms_thr=0.1))')
    keys.append(cache_key(str(tmp_path / 'b.py'), checkpoint))
    monkeypatch.setattr(cache.mmpose_lrfg, '__version__', '99')
    keys.append(cache_key(config, checkpoint))
    assert len(set(keys)) == 4


def test_a_cache_that_cannot_be_written(tiny, tmp_path, capsys):
    (tmp_path / 'mmpose_lrfg').write_text('a file')
    assert isinstance(open_network(*tiny), PosePredictor)
    assert capsys.readouterr().err.count('predicting in PyTorch') == 1
    with pytest.raises(OSError, match='mmpose_lrfg'):
        open_network(*tiny, runtime='onnx')


@pytest.mark.parametrize(
    'options', [dict(runtime='torch'), dict(flip_test=True), dict(precision='bf16')], ids=str
)
def test_what_needs_torch(tiny, folder, options):
    assert isinstance(open_network(*tiny, **options), PosePredictor)
    assert not folder.exists()


def test_what_a_runtime_cannot_do(tiny):
    with pytest.raises(UserError, match='the flip test runs in torch'):
        open_network(*tiny, runtime='onnx', flip_test=True)
    with pytest.raises(UserError, match='is in fp32, not in bf16'):
        open_network(*tiny, runtime='onnx', precision='bf16')
