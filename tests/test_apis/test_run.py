"""Sources, predicted by a stand-in for the network, to files."""

import csv
import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from toy_media import FakeCapture, OnePerson, write_image, write_video

from mmpose_lrfg.apis import frames as frames_module
from mmpose_lrfg.apis.frames import Frame
from mmpose_lrfg.apis.run import SourceTracker, Summary, batched, predict_sources
from mmpose_lrfg.apis.sources import find_sources
from mmpose_lrfg.apis.writer import ResultWriter
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.errors import UserError


@pytest.fixture
def data(tmp_path):
    (tmp_path / 'data').mkdir()
    return tmp_path / 'data'


@pytest.fixture
def out(tmp_path):
    return tmp_path / 'out'


@pytest.fixture
def run(data, out):
    """Predict ``data`` into ``out``, with found.csv beside it; returns summary and JSON."""

    def call(predict=None, summary=None, source=data, save_video=None, **options):
        sources, summary = find_sources([str(source)]), summary or Summary()
        paths = dict(json_path=out / 'found.json', csv_path=out.with_name('found.csv'))
        with ResultWriter(out, sources=sources, save_video=save_video, **paths) as writer:
            predict_sources(predict or OnePerson(), sources, writer, summary, **options)
        return summary, json.loads((out / 'found.json').read_text())

    return call


def test_images(run, data, out):
    write_image(data / 'b/000000000042.png', 51, (60, 80))
    write_image(data / '000000000139.jpg', 102, (60, 80))
    predict = OnePerson()
    summary, found = run(predict)
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


@pytest.mark.parametrize('stride', [1, 2])
def test_videos(run, data, out, stride):
    write_video(data / 'clip.avi', (51, 60, 102, 110, 153))
    write_image(data / 'z.png', 204)
    _, found = run(batch_size=2, stride=stride)
    frames = list(range(0, 5, stride))
    assert [(r['file_name'], r['frame']) for r in found] == [
        *(('clip.avi', frame) for frame in frames), ('z.png', None)
    ]  # fmt: skip
    assert [r['image_id'] for r in found] == [*range(1, len(frames) + 2)]
    assert [r['seconds'] for r in found] == [*(frame / 10 for frame in frames), None]
    with out.with_name('found.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert [r['frame'] for r in rows] == [*map(str, frames), ''] and 'nose_x' in rows[0]
    assert [float(r['score']) for r in rows] == [r['score'] for r in found]
    # As long as before: half the frames, half as many per second.
    video = cv2.VideoCapture(str(out / 'clip.avi.mp4'))
    assert video.get(cv2.CAP_PROP_FPS) == 10 / stride
    drawn = [video.read()[1] for _ in frames]
    assert not video.read()[0]
    # Nothing is drawn there: the frame's brightness stays.
    free = [frame[10:18, 48:58].mean() for frame in drawn]
    np.testing.assert_allclose(free, [51, 60, 102, 110, 153][::stride], atol=8)
    assert drawn[0].shape == (48, 64, 3) and drawn[0].std() > 5


def test_broken_images_are_skipped_and_counted(run, data, out):
    for name in ('a.png', 'b.png', 'c.png'):
        write_image(data / name)
    (data / 'b.png').write_bytes(b'nothing')
    summary, found = run(batch_size=1)
    assert (summary.frames, [*summary.skipped]) == (2, ['b.png'])
    assert '1 skipped' in str(summary) and 'b.png' in str(summary)
    assert [r['file_name'] for r in found] == ['a.png', 'c.png']
    with pytest.raises(UserError, match=r'b\.png cannot be decoded'):
        run(batch_size=1, strict=True)
    # Results until the error are kept.
    kept = json.loads((out / 'found.json').read_text())
    assert [r['file_name'] for r in kept] == ['a.png']


def test_an_interrupted_run_keeps_its_results(run, data, out):
    write_video(data / 'clip.mp4', (51, 102, 153))
    summary = Summary()
    with pytest.raises(KeyboardInterrupt):
        run(OnePerson(stop_at=3), summary, batch_size=1)
    assert summary.frames == 2
    assert [r['frame'] for r in json.loads((out / 'found.json').read_text())] == [0, 1]
    video = cv2.VideoCapture(str(out / 'clip.mp4'))
    assert [video.read()[0] for _ in range(3)] == [True, True, False]
    assert not list(out.glob('.*')), 'temporary files stay'


def test_only_broken_sources_are_an_error_and_older_files_stay(run, data, out):
    (data / 'a.mp4').write_bytes(b'nothing')
    with pytest.raises(UserError, match=r'a\.mp4 has no frame'):
        run()
    assert not out.exists()
    (data / 'b.png').write_bytes(b'nothing')
    out.mkdir()
    (out / 'found.json').write_text('older')
    with pytest.raises(UserError, match='any of the other 1'):
        run()
    assert (out / 'found.json').read_text() == 'older'
    assert not out.with_name('found.csv').exists()


def test_people_are_tracked_in_each_source(run, data, out):
    pytest.importorskip('trackers', reason='trackers is not installed')
    for name in ('a.mp4', 'b.mp4'):
        write_video(data / name, (200,) * 4)
    for index in range(4):
        write_image(data / 'c' / f'{index}.png', 200, (60, 80))
    _, found = run(tracker=SourceTracker('bytetrack', smooth=True))
    assert [r['track_id'] for r in found] == [None, 0, 0, 0] * 3
    assert 'track_id' in out.with_name('found.csv').read_text().splitlines()[0]


class Flickering(OnePerson):
    """Finds nobody in dark images, and keypoints that tremble by 3 pixels."""

    def person(self, image):
        poses = super().person(image)
        poses.keypoints[..., 0] += 3 * (-1) ** len(self.batches)
        return poses.above(0.3)


def test_offline_smoothing_reads_the_frames_twice(run, data, out):
    pytest.importorskip('trackers', reason='trackers is not installed')
    write_video(data / 'a.mp4', (200,) * 8 + (0, 0) + (200,) * 8)
    write_video(data / 'b.mp4', (200,) * 6)
    (data / 'c.png').write_bytes(b'nothing')
    tracker = SourceTracker('oks')
    summary, found = run(Flickering(), tracker=tracker, offline=True, batch_size=1)
    assert (summary.frames, summary.people, [*summary.skipped]) == (24, 22, ['c.png'])
    assert [(r['file_name'], r['frame']) for r in found] == [
        *(('a.mp4', n) for n in range(18)), *(('b.mp4', n) for n in range(6))
    ], 'the gap is filled'  # fmt: skip
    x = np.array([r['keypoints'][24] for r in found[:18]])
    assert np.ptp(x[2:-2]) < 4, '6 before'
    video = cv2.VideoCapture(str(out / 'a.mp4'))
    drawn = [video.read()[1] for _ in range(18)]
    assert drawn[8].max() > 100, 'on the dark frame itself'
    # The people until Ctrl-C are written.
    with pytest.raises(KeyboardInterrupt):
        run(Flickering(stop_at=6), tracker=SourceTracker('oks'), offline=True, batch_size=1)
    kept = json.loads((out / 'found.json').read_text())
    assert [r['frame'] for r in kept] == list(range(5))


def test_offline_smoothing_needs_an_end(run, monkeypatch):
    pytest.importorskip('trackers', reason='trackers is not installed')
    monkeypatch.setattr(cv2, 'VideoCapture', FakeCapture(9))
    with pytest.raises(UserError, match='webcam-0 has no end'):
        run(source='webcam:0', tracker=SourceTracker('oks'), offline=True)


def test_the_window_ends_the_run(run, data):
    write_video(data / 'clip.mp4', (51,) * 4)
    display = SimpleNamespace(refresh=iter([True, False]).__next__)
    summary, found = run(batch_size=1, display=display)
    assert summary.frames == len(found) == 2


@pytest.mark.parametrize('save_video', [None, True])
def test_a_broken_stream_leaves_readable_files(run, out, monkeypatch, save_video):
    monkeypatch.setattr(frames_module, 'PAUSE', 0)
    monkeypatch.setattr(cv2, 'VideoCapture', FakeCapture(4, 2, fps=1000 / 3))
    with pytest.raises(UserError, match='broke off after 6 frames'):
        run(source='webcam:0', save_video=save_video)
    found = json.loads((out / 'found.json').read_text())
    frames = [r['frame'] for r in found]
    # Those that came too fast are left out; the last one never is.
    assert frames[-1] == 5 and frames == sorted(set(frames))
    assert {r['file_name'] for r in found} == {'webcam-0'}
    # By default, streams are not saved.
    videos = ['webcam-0.mp4'] if save_video else []
    assert sorted(p.name for p in out.iterdir()) == ['found.json', *videos]
    if save_video:
        video = cv2.VideoCapture(str(out / 'webcam-0.mp4'))
        assert video.get(cv2.CAP_PROP_FRAME_COUNT) >= len(frames) and video.read()[0]


@pytest.mark.parametrize(
    ('lives', 'sizes'), [('.....', [2, 2, 1]), ('...LL.', [2, 1, 1, 1, 1]), ('', [])]
)
def test_live_frames_come_alone(lives, sizes):
    frames = [Frame(None, n, None, live=live == 'L') for n, live in enumerate(lives)]
    batches = list(batched(iter(frames), 2))
    assert [len(batch) for batch in batches] == sizes
    assert [frame for batch in batches for frame in batch] == frames
