"""Small files that ask for gigabytes, or nest without end."""

import io
import json
import struct
import zipfile
import zlib

import cv2
import numpy as np
import pytest
import tiny_network
import toy_job

from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.deploy.export import export
from mmpose_lrfg.deploy.options import ExportOptions
from mmpose_lrfg.runtime import images
from mmpose_lrfg.runtime.metadata import Metadata

DEEP = '[' * 100_000 + ']' * 100_000
DEEP_KEY = '{"a":' * 100_000 + '1' + '}' * 100_000


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    """A small exported network."""
    folder = tmp_path_factory.mktemp('model')
    config = tiny_network.write_config(folder / 'tiny.py')
    checkpoint = tiny_network.write_checkpoint(folder / 'tiny.pth', config)
    network = PosePredictor.from_files(config, checkpoint).model
    export(network, folder / 'tiny.onnx', ExportOptions(uint8=True, dynamic=True))
    return folder / 'tiny.onnx'


def png(width, height, data=b''):
    """A PNG of black pixels with any size in its header."""
    header = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)

    def chunk(kind, content):
        checksum = struct.pack('>I', zlib.crc32(kind + content))
        return struct.pack('>I', len(content)) + kind + content + checksum

    return (
        b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', data) + chunk(b'IEND', b'')
    )


def bmp(width, height):
    return b'BM' + struct.pack('<IHHIIiiHHIIiiII', 54, 0, 0, 54, 40, width, height, 1, 24, *[0] * 6)


IMAGES = {
    'header.png': png(100_000, 100_000),
    'header.bmp': bmp(100_000, 100_000),
    'header.ppm': b'P6 100000 100000 255\n',
    'wide.png': png(2**31 - 1, 1),
    # Only the first of 20,000 rows: a decoder would allocate the whole before it finds out.
    **{f'large{n}.png': png(20_000, 20_000, zlib.compress(bytes(60_001))) for n in range(10)},
}


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """All of them in a folder."""
    root = tmp_path_factory.mktemp('images')
    for name, content in IMAGES.items():
        (root / name).write_bytes(content)
    return root


@pytest.mark.parametrize('name', IMAGES)
def test_an_image_alone(refused, folder, model, tmp_path, name):
    arguments = ('--model', model, '--json', tmp_path / 'out.json')
    sentence = refused(folder, 'predict', folder / name, *arguments)
    assert name in sentence and (name != 'large0.png' or images.LIMIT_VARIABLE in sentence)


@pytest.mark.parametrize('name', ['header.png', 'wide.png', 'large0.png'])
def test_an_image_of_a_data_set(run_tool, tmp_path, capfd, name):
    data = toy_job.write_data(tmp_path / 'in')
    (data / 'images' / '2.png').write_bytes(IMAGES[name])
    subject = (data / 'people.json', '--img-dir', data / 'images')
    found = tmp_path / 'found.json'
    assert run_tool('check', *subject, '--json', found) == 1
    kinds = [finding['kind'] for finding in json.loads(found.read_text())[0]['findings']]
    assert 'broken image' in kinds
    assert 'Traceback' not in capfd.readouterr().err


def test_an_image_of_yolo_labels(refused, tmp_path):
    root = tmp_path / 'in'
    (root / 'images').mkdir(parents=True)
    (root / 'images' / 'a.png').write_bytes(IMAGES['header.png'])
    (root / 'data.yaml').write_text('train: images\nkpt_shape: [1, 3]\nnames: [a]')
    assert 'a.png' in refused(root, 'convert labels', root, tmp_path / 'out', '--to', 'coco')


def zip_of(path, name, megabytes, head=b''):
    """Write an archive of a file of zeros; it unpacks to a thousand times its size."""
    with (
        zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, 'w', force_zip64=True) as file,
    ):
        file.write(head)
        for _ in range(megabytes):
            file.write(bytes(1_000_000))
    return path


def npy_header(shape):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, dict(descr='<f4', fortran_order=False, shape=shape)
    )
    return stream.getvalue()


@pytest.fixture
def low_limit(monkeypatch):
    """As if archives of gigabytes were given: 20 MB are too many."""
    monkeypatch.setenv('LRFG_MAX_UNPACKED_MB', '10')


@pytest.mark.usefixtures('low_limit')
@pytest.mark.parametrize('kind', ['pickle', 'storage'])
@pytest.mark.parametrize('tool', ['test', 'export', 'predict', 'publish', 'convert yolopose'])
def test_a_checkpoint_that_unpacks(refused, tmp_path, tool, kind):
    folder = tmp_path / 'in'
    folder.mkdir()
    config = tiny_network.write_config(folder / 'tiny.py')
    bomb = zip_of(folder / 'b.pth', 'b/data.pkl' if kind == 'pickle' else 'b/data/0', 20)
    cv2.imwrite(str(folder / 'a.png'), np.zeros((64, 64, 3), np.uint8))
    out = tmp_path / 'out.pth'
    arguments = dict(
        test=(config, bomb, '--work-dir', tmp_path / 'work'),
        export=(config, bomb, '--out', tmp_path / 'out.onnx'),
        predict=(folder / 'a.png', '--config', config, '--checkpoint', bomb, '--json', out),
        publish=(config, bomb, '--out', out),
        **{'convert yolopose': (bomb, out)},
    )[tool]
    sentence = refused(folder, tool, *arguments)
    if tool != 'test':  # whose data are missing, too
        assert 'LRFG_MAX_UNPACKED_MB' in sentence


@pytest.mark.usefixtures('low_limit')
def test_arrays_that_unpack(refused, tmp_path):
    folder = tmp_path / 'in'
    folder.mkdir()
    zip_of(folder / 'a.npz', 'sd/x.npy', 20, npy_header((5_000_000,)))
    assert 'UNPACKED' in refused(folder, 'convert yolopose', folder / 'a.npz', tmp_path / 'o.pth')


@pytest.mark.parametrize('shape', [(2**40,), (2**62,), (10**6, 10**6)])
def test_an_array_that_claims_terabytes(refused, tmp_path, shape):
    folder = tmp_path / 'in'
    folder.mkdir()
    with zipfile.ZipFile(folder / 'a.npz', 'w') as archive:
        archive.writestr('sd/x.npy', npy_header(shape) + b'abc')
    refused(folder, 'convert yolopose', folder / 'a.npz', tmp_path / 'out.pth')


@pytest.mark.parametrize('text', [DEEP, DEEP_KEY, f'{{"images": {DEEP}}}'], ids=['[', '{', 'in'])
@pytest.mark.parametrize(
    'tool',
    ['results', 'labels', 'evaluation', 'check', 'anchors', 'convert labels', 'train',
     'synthesize', 'config'],
)  # fmt: skip
def test_json_that_nests(refused, tmp_path, tool, text):
    folder = toy_job.write_data(tmp_path / 'in')
    deep = folder / 'deep.json'
    deep.write_text(text)
    out = tmp_path / 'out'
    compare = ('compare', '--img-dir', folder / 'images', '--out', out, '--data')
    if tool == 'evaluation':
        (folder / 'evaluation.json').write_text(text)
        np.savez(folder / 'precision_recall.npz', precision=np.zeros((1, 1, 1, 3)))
    if tool == 'synthesize':
        (folder / 'meta.json').write_text(text)
    name, *arguments = dict(
        results=(*compare, folder / 'people.json', '--models', deep),
        labels=(*compare, deep, '--models', deep),
        evaluation=('plot', folder, '--out', out),
        check=('check', deep),
        anchors=('anchors', deep),
        train=('train', '--data', deep, '--out', out),
        synthesize=('synthesize', folder, '--train', 1, '--val', 1),
        **{'convert labels': ('convert labels', deep, out, '--to', 'yolo')},
        config=('info', deep),
    )[tool]
    refused(folder, name, *arguments)


@pytest.mark.parametrize(
    'changes',
    [
        dict(size=(16384, 16384)),
        dict(size=(16384, 16384), dynamic=True),
        dict(batch=4096, size=(4096, 4096)),
        dict(size=(2**40, 64)),
        dict(batch=2**40),
        dict(max_per_img=10**12),
        dict(nms_pre=10**12),
        dict(divisor=10**12),
    ],
    ids=str,
)
def test_a_model_that_asks_for_terabytes(refused, model, tmp_path, changes):
    import onnx

    network = onnx.load(model)
    entry = next(entry for entry in network.metadata_props if entry.key == 'mmpose_lrfg')
    content = json.loads(entry.value)
    Metadata.from_json(entry.value, model)
    entry.value = json.dumps({**content, 'dynamic': False, **changes})
    folder = tmp_path / 'in'
    folder.mkdir()
    onnx.save(network, folder / 'hungry.onnx')
    cv2.imwrite(str(folder / 'a.png'), np.zeros((64, 64, 3), np.uint8))
    arguments = ('--model', folder / 'hungry.onnx', '--json', tmp_path / 'out.json')
    assert 'hungry.onnx' in refused(folder, 'predict', folder / 'a.png', *arguments)
