"""Sources through a stand-in for the network to files."""

import csv
import json

import cv2
import numpy as np
import pytest
from toy_media import OnePerson, write_image, write_video

from mmpose_lrfg.apis import writer as writer_module
from mmpose_lrfg.apis.frames import Frame
from mmpose_lrfg.apis.run import RunOptions, SourceTracker, Summary, batched, predict_sources
from mmpose_lrfg.apis.sources import find_sources
from mmpose_lrfg.apis.writer import ResultWriter
from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.errors import UserError


@pytest.fixture
def data(tmp_path):
    return tmp_path / 'data'


@pytest.fixture
def run(data, tmp_path):
    """Predict the folder ``data`` into ``out``: ``run(batch_size=1)`` -> summary, records."""
    out = tmp_path / 'out'

    def call(predict=None, summary=None, csv_path=None, **options):
        sources = find_sources([str(data)], results=out)
        with ResultWriter(out, out / 'found.json', sources, csv_path=csv_path) as writer:
            summary = predict_sources(
                predict or OnePerson(), sources, writer, RunOptions(**options), summary
            )
        return summary, json.loads((out / 'found.json').read_text())

    return call


def test_images_are_drawn_and_listed_under_their_names(run, data, tmp_path):
    write_image(data / 'b/000000000042.png', 51, (60, 80))
    write_image(data / '000000000139.jpg', 102, (60, 80))
    predict, out = OnePerson(), tmp_path / 'out'
    summary, found = run(predict, batch_size=8)
    assert (summary.frames, summary.people, summary.skipped) == (2, 2, {})
    assert predict.batches == [2]
    assert [(r['image_id'], r['file_name'], r['score']) for r in found] == [
        (139, '000000000139.jpg', pytest.approx(0.4, abs=0.01)),
        (42, 'b/000000000042.png', pytest.approx(0.2, abs=0.01)),
    ]
    assert found[0]['bbox'] == [1, 1, 77, 57] and len(found[0]['keypoints']) == 51
    drawn = read_image(out / 'b/000000000042.png')
    assert drawn.shape == (60, 80, 3) and (drawn != 51).any()
    left = sorted(p.name for p in out.rglob('*') if p.is_file())
    assert left == ['000000000042.png', '000000000139.jpg', 'found.json']


def test_a_video_becomes_a_video(run, data, tmp_path):
    write_video(data / 'clip.avi', (51, 102, 153))
    write_image(data / 'z.png', 204)
    summary, found = run(batch_size=2)
    assert summary.frames == 4
    assert [(r['image_id'], r['file_name'], r['frame']) for r in found] == [
        (1, 'clip.avi', 0), (2, 'clip.avi', 1), (3, 'clip.avi', 2), (4, 'z.png', None),
    ]  # fmt: skip
    video = cv2.VideoCapture(str(tmp_path / 'out' / 'clip.avi.mp4'))
    assert video.get(cv2.CAP_PROP_FPS) == 10
    frames = [video.read()[1] for _ in range(3)]
    assert not video.read()[0]
    # Nothing is drawn there: the frame's brightness stays.
    free = [frame[10:18, 48:58].mean() for frame in frames]
    np.testing.assert_allclose(free, [51, 102, 153], atol=8)
    assert frames[0].shape == (48, 64, 3) and frames[0].std() > 5


def test_stride_and_csv(run, data, tmp_path):
    write_video(data / 'clip.mp4', (51, 60, 102, 110, 153))
    _, found = run(csv_path=tmp_path / 'found.csv', stride=2)
    assert [r['frame'] for r in found] == [0, 2, 4]
    assert [r['score'] for r in found] == [pytest.approx(v, abs=0.03) for v in (0.2, 0.4, 0.6)]
    with (tmp_path / 'found.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert [(r['image_id'], r['file_name'], r['frame']) for r in rows] == [
        ('1', 'clip.mp4', '0'), ('2', 'clip.mp4', '2'), ('3', 'clip.mp4', '4')
    ]  # fmt: skip
    assert float(rows[2]['score']) == found[2]['score'] and 'nose_x' in rows[0]
    video = cv2.VideoCapture(str(tmp_path / 'out' / 'clip.mp4'))
    # As long as before: half the frames, half as many per second.
    assert video.get(cv2.CAP_PROP_FPS) == 5 and video.get(cv2.CAP_PROP_FRAME_COUNT) == 3


@pytest.mark.parametrize('options', [dict(stride=0), dict(batch_size=0)])
def test_options_out_of_range(options):
    with pytest.raises(UserError, match=f'{next(iter(options))} must be >= 1, got 0'):
        RunOptions(**options)


def test_broken_images_are_skipped_and_counted(run, data, tmp_path):
    write_image(data / 'a.png')
    (data / 'b.png').write_bytes(b'nothing')
    write_image(data / 'c.png')
    summary, found = run(batch_size=1)
    assert (summary.frames, [*summary.skipped]) == (2, ['b.png'])
    assert '1 skipped' in str(summary) and 'b.png' in str(summary)
    assert [r['file_name'] for r in found] == ['a.png', 'c.png']
    with pytest.raises(UserError, match=r'b\.png cannot be decoded'):
        run(batch_size=1, strict=True)
    # What was predicted before the error is kept.
    kept = json.loads((tmp_path / 'out' / 'found.json').read_text())
    assert [r['file_name'] for r in kept] == ['a.png']


def test_an_interrupted_run_keeps_its_results(run, data, tmp_path):
    write_video(data / 'clip.mp4', (51, 102, 153))
    summary, out = Summary(), tmp_path / 'out'
    with pytest.raises(KeyboardInterrupt):
        run(OnePerson(stop_at=3), summary, batch_size=1)
    assert summary.frames == 2
    assert [r['frame'] for r in json.loads((out / 'found.json').read_text())] == [0, 1]
    video = cv2.VideoCapture(str(out / 'clip.mp4'))
    assert [video.read()[0] for _ in range(3)] == [True, True, False]
    assert not list(out.glob('.*')), 'temporary files stay'


def test_an_image_without_people(run, data, tmp_path):
    write_image(data / 'a.png', 100)
    summary, found = run(lambda images: [Poses.empty()] * len(images))
    assert (summary.frames, summary.people, found) == (1, 0, [])
    assert (read_image(tmp_path / 'out' / 'a.png') == 100).all()


def test_only_broken_sources_are_an_error_and_older_files_stay(run, data, tmp_path):
    data.mkdir()
    (data / 'a.mp4').write_bytes(b'nothing')
    with pytest.raises(UserError, match=r'a\.mp4 has no frame'):
        run()
    assert not list((tmp_path / 'out').iterdir())
    (data / 'b.png').write_bytes(b'nothing')
    (tmp_path / 'out' / 'found.json').write_text('older')
    with pytest.raises(UserError, match='any of the other 1'):
        run(csv_path=tmp_path / 'found.csv')
    assert (tmp_path / 'out' / 'found.json').read_text() == 'older'
    assert not (tmp_path / 'found.csv').exists()


def test_people_are_tracked_in_each_source(run, data, tmp_path):
    pytest.importorskip('trackers', reason='trackers is not installed')
    for name in ('a.mp4', 'b.mp4'):
        write_video(data / name, (200,) * 4)
    for index in range(4):
        write_image(data / 'c' / f'{index}.png', 200, (60, 80))
    tracker = SourceTracker('bytetrack', smooth=True)
    _, found = run(csv_path=tmp_path / 'found.csv', tracker=tracker)
    assert [r['track_id'] for r in found] == [None, 0, 0, 0] * 3
    assert 'track_id' in (tmp_path / 'found.csv').read_text().splitlines()[0]


def test_an_error_while_writing_ends_the_run(run, data, monkeypatch):
    write_image(data / 'a.png')
    write_image(data / 'b.png')

    def fail(path, image):
        raise UserError(f'{path.name} cannot be written')

    monkeypatch.setattr(writer_module, 'write_image', fail)
    with pytest.raises(UserError, match=r'a\.png cannot be written'):
        run(batch_size=1)


@pytest.mark.parametrize(
    ('lives', 'sizes'), [('.....', [2, 2, 1]), ('...LL.', [2, 1, 1, 1, 1]), ('', [])]
)
def test_live_frames_come_alone(lives, sizes):
    frames = [Frame(None, n, None, live=live == 'L') for n, live in enumerate(lives)]
    batches = list(batched(iter(frames), 2))
    assert [len(batch) for batch in batches] == sizes
    assert [frame for batch in batches for frame in batch] == frames
