"""Parts of a prediction, merged: the same files as those of one run."""

import itertools

import cv2
import numpy as np
import pytest
from toy_media import OnePerson, write_image, write_video

from mmpose_lrfg.apis.shards import Shard
from mmpose_lrfg.apis.sources import find_sources


@pytest.fixture
def data(tmp_path):
    """Images and videos in two folders; one image is damaged, one has a comma in its name."""
    folder = tmp_path / 'data'
    noise = np.random.default_rng(0)
    for name in ('a, 1.png', 'b.png', 'c.png', 'd/a.png', 'd/b.png', 'd/c.png'):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / name), noise.integers(0, 255, (60, 90, 3), dtype=np.uint8))
    (folder / 'c.png').write_bytes(b'nothing')
    write_video(folder / 'd' / 'clip.avi', (40, 80, 120, 160, 200))
    write_video(folder / 'short.avi', (40, 80))
    return folder


class Network(OnePerson):
    """Stand-in for a network: a person per image, with its brightness as the score."""

    recommended_score_thr = 0.0

    def at_score_thr(self, score_thr):
        return self


@pytest.fixture
def predict(run_tool, data, monkeypatch):
    """Predict ``data``, or other sources, into found.json and found.csv of a folder."""
    monkeypatch.setattr('mmpose_lrfg.cli.predict.open_model', lambda args: Network())

    def call(folder, *options, source=data):
        paths = '--json', folder / 'found.json', '--csv', folder / 'found.csv'
        return run_tool('predict', source, *paths, *options)

    return call


@pytest.fixture
def compare(predict, run_tool, tmp_path, capsys):
    """Predict once, and in parts that are merged; the files and the summaries must be equal."""

    def call(count, *options, **more):
        one, parts = tmp_path / 'one', tmp_path / f'parts-{count}'
        assert predict(one, *options, **more) == 0
        expected = capsys.readouterr().err.splitlines()[-1].partition('; results')[0]
        for index in reversed(range(1, count + 1)):
            assert predict(parts, '--shard', f'{index}/{count}', *options, **more) == 0
        assert run_tool('merge', parts / 'found.json', '--csv', parts / 'found.csv') == 0
        assert capsys.readouterr().err.splitlines()[-1].startswith(expected)
        for name in ('found.json', 'found.csv'):
            content = (parts / name).read_bytes()
            assert content == (one / name).read_bytes() and len(content) > 1000
        return parts

    return call


@pytest.mark.parametrize(('count', 'stride'), [(3, 1), (9, 2)])
def test_merged_parts_are_one_run(compare, count, stride):
    compare(count, '--stride', stride)


def test_ids_are_those_of_file_names(compare, data):
    for number in range(4):
        (data / 'e').mkdir(exist_ok=True)
        (data / 'e' / f'{90 - number:012}.png').write_bytes((data / 'b.png').read_bytes())
    parts = compare(2, source=data / 'e')
    assert '"image_id": 87,' in (parts / 'found-1-of-2.json').read_text()
    # More parts than images.
    compare(6, source=data / 'e')


def test_tracked_scenes_stay_whole(compare):
    pytest.importorskip('trackers', reason='trackers is not installed')
    compare(2, '--track', 'bytetrack')


@pytest.mark.parametrize('scenes', [False, True])
@pytest.mark.parametrize('count', [1, 2, 5, 20])
def test_parts_are_disjoint_complete_and_even(data, count, scenes):
    sources = find_sources([str(data)])
    parts = [Shard(index + 1, count).pick(sources, scenes) for index in range(count)]
    assert sorted(itertools.chain(*parts), key=sources.index) == sources
    units = [len({source.scene if scenes else source for source in part}) for part in parts]
    assert max(units) - min(units) <= 1


def test_incomplete_parts_are_no_result(predict, run_tool, data, tmp_path, capsys):
    out = tmp_path / 'out'
    table = '--csv', out / 'found.csv'

    def merge(*options):
        return run_tool('merge', out / 'found.json', *options), capsys.readouterr().err

    code, message = merge()
    assert code == 2 and 'no complete part' in message
    assert predict(out, '--shard', '1/3') == predict(out, '--shard', '3/3') == 0
    code, message = merge()
    assert code == 2 and 'incomplete: 2; predict' in message and '--shard 2/3' in message
    assert predict(out, '--shard', '2/3') == 0
    assert merge()[0] == 0
    # A part that is predicted again counts only when it is complete.
    assert predict(out, '--shard', '2/3', '--strict', '--batch-size', '1') == 0
    assert predict(out, '--shard', '3/3', '--strict', '--batch-size', '1') == 2
    code, message = merge(*table)
    assert code == 2 and 'incomplete: 3;' in message
    assert predict(out, '--shard', '3/3') == 0
    (out / 'found-2-of-3.csv').unlink()
    code, message = merge(*table)
    assert code == 2 and 'found-2-of-3.csv is missing' in message
    write_image(data / 'new.png')
    assert predict(out, '--shard', '2/3') == 0
    code, message = merge()
    assert code == 2 and 'parts 1 and 2' in message and 'different sources' in message
    assert predict(out, '--shard', '1/2') == 0
    code, message = merge()
    assert code == 2 and 'parts of 2 and of 3' in message


@pytest.mark.parametrize('text', ['0/3', '4/3', '1', '1/0', '-1/3', '1/3/5', 'a/b'])
def test_invalid_parts(predict, tmp_path, capsys, text):
    assert predict(tmp_path, f'--shard={text}') == 2
    assert '1 <= I <= N' in capsys.readouterr().err
