"""Prediction with Ray on two actors: the poses of a local run, whatever is killed."""

import functools
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import pytest
from toy_media import write_video

ray = pytest.importorskip('ray', reason='ray is not installed: pip install "mmpose_lrfg[ray]"')
pq = pytest.importorskip('pyarrow.parquet')

import pyarrow as pa  # noqa: E402

from mmpose_lrfg.apis.ray_actor import FileNetwork, Job  # noqa: E402
from mmpose_lrfg.apis.ray_data import predict_files  # noqa: E402
from mmpose_lrfg.apis.run import Summary  # noqa: E402
from mmpose_lrfg.utils.errors import UserError  # noqa: E402

TESTS = Path(__file__).parents[1]
PYTHONPATH = os.pathsep.join([str(TESTS), str(TESTS / 'test_apis'), *sys.path])
THRESHOLD = 0.5
IMAGES = 16
LOW = '--score-thr', THRESHOLD, '--batch-size', 2


class WatchedNetwork(FileNetwork):
    """An exported file whose actors report what they imported, and are killed some times."""

    def __init__(self, path, log, kills=0, pause=0.0):
        super().__init__(path, runtime='onnx', threads=1)
        self.log, self.kills, self.pause = Path(log), kills, pause

    def __call__(self):
        self.estimator = super().__call__()
        return self

    def __getattr__(self, name):
        if name in ('skeleton', 'recommended_score_thr'):
            return getattr(self.estimator, name)
        raise AttributeError(name)

    def at_score_thr(self, score_thr):
        predict = self.estimator.at_score_thr(score_thr)

        def watched(images):
            poses = predict(images)
            (self.log / f'{os.getpid()}').write_text(str('torch' in sys.modules))
            killed = [*self.log.glob('killed-*')]
            if len(killed) < self.kills:
                (self.log / f'killed-{len(killed)}').touch()
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(self.pause)
            return poses

        return watched


@pytest.fixture(scope='module')
def cluster():
    """A cluster with two CPUs on this machine; its address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('RAY_BACKEND_LOG_LEVEL', 'fatal')
        patch.setenv('PYTHONPATH', PYTHONPATH)  # of the actors
        context = ray.init(
            num_cpus=2,
            object_store_memory=100_000_000,
            include_dashboard=False,
            log_to_driver=False,
            logging_level='error',
        )
        yield context.address_info['gcs_address']
        ray.shutdown()


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Images, of which two are broken, and two videos, in subfolders."""
    folder = tmp_path_factory.mktemp('data')
    noise = np.random.default_rng(0)
    (folder / 'some images').mkdir()
    for index in range(IMAGES):
        image = noise.integers(0, 255, (40 + index, 60, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / 'some images' / f'{index}.png'), image)
    (folder / 'some images' / '5.png').write_bytes(b'nothing')
    (folder / 'some images' / '6.png').write_bytes(b'')
    for name in ('a.mp4', 'b.mp4'):
        write_video(folder / 'videos' / name, (40, 80, 120, 160))
    return folder


@pytest.fixture(scope='module')
def model(run_tool, tmp_path_factory):
    """An exported network with random weights, at 64 pixels."""
    import tiny_network
    import torch

    folder = tmp_path_factory.mktemp('model')
    path = tiny_network.write_config(folder / 'tiny.py', width=0.125)
    checkpoint = tiny_network.write_checkpoint(folder / 'tiny.pth', path)
    content = torch.load(checkpoint)
    for name, weights in content['state_dict'].items():
        if 'boxes' in name and name.endswith('bias'):
            weights.view(3, 6)[:, 4:] = 1  # scores high enough for the tracker
    torch.save(content, checkpoint)
    size = '--img-size', 64, '--dynamic', '--uint8', '--max-per-img', 5
    assert run_tool('export', path, checkpoint, *size, '--out', folder / 'tiny.onnx') == 0
    return folder / 'tiny.onnx'


@pytest.fixture(scope='module')
def predict(run_tool, model):
    """Predict with the exported network; returns the exit code."""

    def call(*arguments):
        return run_tool('predict', *arguments, '--model', model, '--runtime', 'onnx', *LOW)

    return call


@pytest.fixture(scope='module')
def local(predict, folder, tmp_path_factory):
    """Poses of a local run: ``local(options)`` returns lists of people by (file name, frame)."""

    @functools.cache
    def call(*options):
        path = tmp_path_factory.mktemp('local') / 'found.json'
        assert predict(folder, '--json', path, *options) == 0
        found = defaultdict(list)
        for record in json.loads(path.read_text()):
            found[record['file_name'], record['frame']].append(record)
        return found

    return call


def read(out):
    """Return the rows of all files of a folder; files in it are complete."""
    assert not [path for path in Path(out).iterdir() if path.suffix != '.parquet']
    assert not [path for path in Path(out).iterdir() if path.name.startswith('.')]
    return pa.concat_tables([pq.read_table(path) for path in Path(out).iterdir()]).to_pylist()


def assert_same(rows, expected, folder):
    """Compare rows with the poses of a local run, and the broken images."""
    found, errors = defaultdict(list), {}
    for row in rows:
        name = str(Path(row['path']).relative_to(folder))
        if row['error']:
            errors[name] = row['error']
            assert row['person'] is row['width'] is None
        else:
            found[name, row['frame']].append(row)
    assert found.keys() == expected.keys()
    for key, people in expected.items():
        rows = sorted(found[key], key=lambda row: row['person'])
        assert [row['person'] for row in rows] == [*range(len(people))]
        assert [row['track_id'] for row in rows] == [r.get('track_id') for r in people]
        for name in ('score', 'bbox', 'keypoints'):
            ours, theirs = ([row[name] for row in each] for each in (rows, people))
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=2e-2)
    assert errors.keys() == {'some images/5.png', 'some images/6.png'}
    assert 'empty' in errors['some images/6.png']


def test_the_poses_of_a_local_run(cluster, predict, local, folder, tmp_path, capsys):
    options = '--engine', 'ray', '--out', tmp_path / 'out'
    assert predict(folder, *options) == 0
    people, images = sum(map(len, local().values())), IMAGES - 2 + 8
    output = capsys.readouterr().err
    assert f'{people} people on {images} images' in output and '2 skipped' in output
    rows = read(tmp_path / 'out')
    assert_same(rows, local(), folder)
    sizes = {Path(r['path']).name: (r['width'], r['height']) for r in rows}
    assert sizes['9.png'] == (60, 49) and sizes['a.mp4'] == (64, 48)
    # Later only new files are predicted, with the same options.
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / 'out').iterdir()}
    cv2.imwrite(str(tmp_path / 'new.png'), np.zeros((9, 9, 3), np.uint8))
    assert predict(folder, tmp_path / 'new.png', *options) == 0
    assert ' on 1 images' in capsys.readouterr().err
    assert predict(folder, *options, '--nms-thr', 0.9) == 2
    assert 'nms_thr None, not 0.9' in capsys.readouterr().err
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / 'out').iterdir()}
    assert before.items() < after.items() and len(after) == len(before) + 1


def test_tracked_scenes(cluster, predict, local, folder, tmp_path):
    pytest.importorskip('trackers', reason='trackers is not installed')
    options = '--track', 'bytetrack', '--stride', 2
    assert predict(folder, '--engine', 'ray', '--out', tmp_path / 'out', *options) == 0
    expected = local(*options)
    assert any(r['track_id'] is not None for people in expected.values() for r in people)
    assert_same(read(tmp_path / 'out'), expected, folder)


def test_parquet_at_an_address(cluster, predict, local, folder, tmp_path):
    contents = [(folder / 'some images' / f'{n}.png').read_bytes() for n in range(8)]
    images = [*contents, None]
    (tmp_path / 'tables' / 'a b').mkdir(parents=True)
    table = pa.table({'key': [*range(9)], 'width': [f'w{n}' for n in range(9)], 'image': images})
    pq.write_table(table, tmp_path / 'tables' / 'a b' / 'images.parquet', row_group_size=4)
    source, out = f'file://{tmp_path}/tables', f'file://{tmp_path}/out'
    assert predict(source, '--engine', 'ray', '--out', out) == 0
    rows = read(tmp_path / 'out')
    assert {row['path'] for row in rows} == {f'{source}/a b/images.parquet'}
    assert all(row['row'] == row['key'] and row['input_width'] == f'w{row["key"]}' for row in rows)
    assert {row['key'] for row in rows if row['error']} == {5, 6, 8}
    expected = local()
    for key in {*range(8)} - {5, 6}:
        scores = [row['score'] for row in rows if row['key'] == key]
        people = expected[f'some images/{key}.png', None]
        np.testing.assert_allclose(sorted(scores), sorted(r['score'] for r in people), rtol=1e-4)


def run(model, folder, out, log, **options):
    """Predict with a watched network."""
    job = Job(score_thr=THRESHOLD, batch_size=2)
    summary = Summary()
    predict_files([str(folder)], str(out), WatchedNetwork(model, log, **options), job, summary)
    return summary


def test_a_killed_actor_is_replaced(cluster, model, local, folder, tmp_path):
    (tmp_path / 'log').mkdir()
    summary = run(model, folder, tmp_path / 'out', tmp_path / 'log', kills=1)
    assert (tmp_path / 'log' / 'killed-0').exists()
    rows = read(tmp_path / 'out')
    assert_same(rows, local(), folder)
    assert summary.people == sum(map(len, local().values()))
    imported = {path.name: path.read_text() for path in (tmp_path / 'log').glob('[0-9]*')}
    assert len(imported) >= 2 and set(imported.values()) == {'False'}


def test_images_that_kill_every_actor_are_an_error(cluster, model, folder, tmp_path):
    (tmp_path / 'log').mkdir()
    with pytest.raises(UserError, match=r'4 actors died, one after the other, on .*a\.mp4'):
        run(model, folder / 'videos' / 'a.mp4', tmp_path / 'out', tmp_path / 'log', kills=99)
    assert len([*(tmp_path / 'log').glob('killed-*')]) == 4


def test_a_killed_run_continues(cluster, model, local, folder, tmp_path, capsys):
    out, log = tmp_path / 'out', tmp_path / 'log'
    log.mkdir()
    code = 'import sys, ray, test_ray_data as t; ray.init(sys.argv[1], logging_level="error"); '
    code += 't.run(*sys.argv[2:], pause=0.15)'
    command = [sys.executable, '-c', code, cluster, *map(str, (model, folder, out, log))]
    process = subprocess.Popen(command, env={**os.environ, 'PYTHONPATH': PYTHONPATH})
    try:
        end = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end:
            if out.is_dir() and [*out.glob('[!.]*.parquet')]:
                break
            time.sleep(0.02)
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
    first = {path: path.stat().st_mtime_ns for path in out.glob('[!.]*.parquet')}
    (out / '.0123-images-half.parquet').write_bytes(b'PAR1')
    summary = run(model, folder, out, log)
    assert 0 < summary.frames < IMAGES - 2 + 8
    assert 'files in' in capsys.readouterr().err
    assert_same(read(out), local(), folder)
    assert all(path.stat().st_mtime_ns == before for path, before in first.items())


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (('--engine', 'ray'), '--engine ray needs --out'),
        (('--engine', 'ray', '--out', 'a', '--csv', 'a.csv'), '--csv has no effect'),
        (('--engine', 'ray', '--out', 'a', '--device', 'cuda:1'), 'Ray chooses the GPU'),
        (('--engine', 'ray', '--out', 'a', '--ray-address', '127.0.0.1:1'), 'cannot be reached'),
        (('--engine', 'ray', '--out', 'foo://a'), 'foo://a cannot be opened'),
        (('--actors', '2'), 'is an option of --engine ray'),
    ],
)
def test_invalid_options(predict, folder, tmp_path, monkeypatch, capsys, options, message):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ray, 'is_initialized', lambda: False)
    assert predict(folder, *options) == 2
    assert message in capsys.readouterr().err


def test_invalid_sources(predict, folder, tmp_path, capsys):
    out = '--engine', 'ray', '--out', tmp_path / 'out'
    pq.write_table(pa.table({'a': [1], 'b': [b'1'], 'c': [b'2']}), tmp_path / 'two.parquet')
    (tmp_path / 'broken.parquet').write_bytes(b'nothing')
    for source, message in {
        'webcam:0': 'camera or stream',
        f'file://{tmp_path}/nothing': 'does not exist',
        f'file://{folder}/*.webp': 'no image, video or Parquet file',
        tmp_path / 'two.parquet': 'columns a, b, c, of which b, c may be images',
        tmp_path / 'broken.parquet': 'broken.parquet cannot be read',
    }.items():
        assert predict(source, *out) == 2
        assert message in capsys.readouterr().err
    (tmp_path / 'out').mkdir(exist_ok=True)
    pq.write_table(pa.table({'a': [1]}), tmp_path / 'out' / 'other.parquet')
    assert predict(folder, *out) == 2
    assert 'other.parquet is not a file of lrfg predict' in capsys.readouterr().err
