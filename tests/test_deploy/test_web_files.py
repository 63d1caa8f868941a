"""The files of the page, and ``lrfg web``; :mod:`test_web` runs the page."""

import socket
import urllib.request
from dataclasses import replace

import pytest
from browser import serve

from mmpose_lrfg.cli.main import main
from mmpose_lrfg.deploy import web
from mmpose_lrfg.deploy.options import ExportOptions
from mmpose_lrfg.runtime import Metadata
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.weights import N6


def test_colours_of_own_keypoints():
    metadata = Metadata(
        keypoints=('tip', 'base'), links=((0, 1),), classes=('finger',), sigmas=(), size=(64, 64)
    )
    page = web.describe_page(metadata)
    assert page['classes'] == ('finger',) and page['links'] == ((0, 1),)
    assert len(page['link_colours']) == 1 and len(set(page['keypoint_colours'])) == 2
    assert all(len(colour) == 7 for colour in page['keypoint_colours'])


def test_files_of_onnx_runtime_web(tmp_path):
    with pytest.raises(UserError, match=r'npm install .*onnxruntime-web@'):
        web.find_ort(tmp_path)
    folder = tmp_path / 'node_modules' / 'onnxruntime-web' / 'dist'
    folder.mkdir(parents=True)
    for name in web.ORT_FILES:
        (folder / name).touch()
    assert web.find_ort(tmp_path) == web.find_ort(folder) == folder


def test_page_is_not_replaced_by_accident(tmp_path):
    for name in web.ORT_FILES:
        (tmp_path / name).touch()
    (tmp_path / 'index.html').write_text('mine')
    with pytest.raises(UserError, match='--overwrite'):
        web.export_page(*N6.files(), ExportOptions(), tmp_path, tmp_path)
    with pytest.raises(UserError, match='--dynamic, --nms'):
        options = replace(ExportOptions(), dynamic=True, nms='fixed')
        web.export_page(*N6.files(), options, tmp_path, tmp_path)
    assert (tmp_path / 'index.html').read_text() == 'mine'


@pytest.mark.parametrize(
    'argv', [['--ort', '.'], ['--web', 'page', '--out', 'a.onnx'], ['--web', 'page', '--nms']]
)
def test_options_that_exclude_each_other(argv, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(['export', *argv]) == 2
    assert '--web' in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_server_sends_types_and_headers(tmp_path):
    for name in ('index.html', 'a.mjs', 'a.wasm'):
        (tmp_path / name).touch()
    process, address = serve(tmp_path)
    try:
        types = {}
        for name in ('index.html', 'a.mjs', 'a.wasm'):
            with urllib.request.urlopen(f'{address}/{name}', timeout=30) as answer:
                types[name] = answer.headers['Content-Type']
                assert answer.headers['Cross-Origin-Opener-Policy'] == 'same-origin'
                assert answer.headers['Cross-Origin-Embedder-Policy'] == 'require-corp'
        assert types['a.mjs'] == 'text/javascript' and types['a.wasm'] == 'application/wasm'
    finally:
        process.terminate()
        assert process.wait(30) == 0


def test_server_refuses_in_one_sentence(tmp_path, capsys):
    assert main(['web', str(tmp_path / 'gone')]) == 2
    assert main(['web', str(tmp_path)]) == 2
    (tmp_path / 'index.html').touch()
    with socket.create_server(('127.0.0.1', 0)) as other:
        assert main(['web', str(tmp_path), '--port', str(other.getsockname()[1])]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert 'gone' in lines[0] and 'index.html' in lines[1] and '--port' in lines[2]
