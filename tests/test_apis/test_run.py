"""Reading, drawing and writing, with a stand-in for the network."""

import csv
import errno
import json

import cv2
import numpy as np
import pytest
from test_sources import write_image, write_video

import mmpose_lrfg.apis.writer as writer_module
from mmpose_lrfg.apis.following import Follower
from mmpose_lrfg.apis.run import RunOptions, Summary, batched, predict_sources
from mmpose_lrfg.apis.sources import Frame, find_sources
from mmpose_lrfg.apis.writer import ResultWriter
from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.errors import UserError


class OnePerson:
    """Finds one person on every image, whose score tells the image's brightness."""

    def __init__(self, stop_at=None):
        self.batches, self.stop_at = [], stop_at

    def __call__(self, images):
        self.batches.append(len(images))
        if self.stop_at == len(self.batches):
            raise KeyboardInterrupt
        return [self.person(image) for image in images]

    def person(self, image):
        height, width = image.shape[:2]
        points = np.stack([np.linspace(2, width - 3, 17), np.linspace(2, height - 3, 17)], 1)
        return Poses(
            [[1, 1, width - 2, height - 2]], [image.mean() / 255], [points], np.ones((1, 17))
        )


def run(folder, out, predict=None, summary=None, csv=None, **options):
    sources = find_sources([str(folder)], results=out)
    with ResultWriter(out, out / 'found.json', sources, csv_path=csv) as writer:
        summary = predict_sources(
            predict or OnePerson(), sources, writer, RunOptions(**options), summary
        )
    return summary, json.loads((out / 'found.json').read_text())


def test_images_are_drawn_and_listed_under_their_names(tmp_path):
    data, out = tmp_path / 'data', tmp_path / 'out'
    for name, value in (('b/000000000042.png', 51), ('000000000139.jpg', 102)):
        write_image(data / name, value, (60, 80))
    predict = OnePerson()
    summary, found = run(data, out, predict, batch_size=8)
    assert (summary.frames, summary.people, summary.skipped) == (2, 2, [])
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


def test_a_video_becomes_a_video(tmp_path):
    data, out = tmp_path / 'data', tmp_path / 'out'
    data.mkdir()
    write_video(data / 'clip.avi', (51, 102, 153))
    write_image(data / 'z.png', 204)
    summary, found = run(data, out, batch_size=2)
    assert summary.frames == 4
    assert [(r['image_id'], r['file_name'], r['frame']) for r in found] == [
        (1, 'clip.avi', 0), (2, 'clip.avi', 1), (3, 'clip.avi', 2), (4, 'z.png', None),
    ]  # fmt: skip
    video = cv2.VideoCapture(str(out / 'clip.avi.mp4'))
    assert video.get(cv2.CAP_PROP_FPS) == 10
    frames = [video.read()[1] for _ in range(3)]
    assert not video.read()[0]
    # There nothing is drawn: the frame's brightness stays.
    free = [frame[10:18, 48:58].mean() for frame in frames]
    np.testing.assert_allclose(free, [51, 102, 153], atol=8)
    assert frames[0].shape == (48, 64, 3) and frames[0].std() > 5


def test_what_does_not_decode_is_skipped_and_counted(tmp_path):
    data, out = tmp_path / 'data', tmp_path / 'out'
    write_image(data / 'a.png')
    (data / 'b.png').write_bytes(b'nothing')
    write_image(data / 'c.png')
    summary, found = run(data, out, batch_size=1)
    assert (summary.frames, summary.skipped) == (2, ['b.png'])
    assert '1 skipped that do not decode: b.png' in str(summary)
    assert [r['file_name'] for r in found] == ['a.png', 'c.png']
    with pytest.raises(UserError, match=r'b\.png does not decode'):
        run(data, tmp_path / 'strict', batch_size=1, strict=True)
    kept = json.loads((tmp_path / 'strict' / 'found.json').read_text())
    assert [r['file_name'] for r in kept] == ['a.png']


def test_interrupted_it_keeps_what_is_done(tmp_path):
    data, out = tmp_path / 'data', tmp_path / 'out'
    data.mkdir()
    write_video(data / 'clip.mp4', (51, 102, 153))
    summary = Summary()
    with pytest.raises(KeyboardInterrupt):
        run(data, out, OnePerson(stop_at=3), summary, batch_size=1)
    assert summary.frames == 2
    assert [r['frame'] for r in json.loads((out / 'found.json').read_text())] == [0, 1]
    video = cv2.VideoCapture(str(out / 'clip.mp4'))
    assert [video.read()[0] for _ in range(3)] == [True, True, False]
    assert not list(out.glob('.*')), 'temporary files stay'


def test_nobody_found(tmp_path):
    data, out = tmp_path / 'data', tmp_path / 'out'
    write_image(data / 'a.png', 100)
    summary, found = run(data, out, lambda images: [Poses.empty()] * len(images))
    assert (summary.frames, summary.people, found) == (1, 0, [])
    assert (read_image(out / 'a.png') == 100).all()


def test_ids_are_numbers_of_their_own_or_counted(tmp_path):
    for name in ('7.png', '07.jpg'):
        write_image(tmp_path / 'data' / name)
    _, found = run(tmp_path / 'data', tmp_path / 'out')
    assert [r['image_id'] for r in found] == [1, 2]


def test_no_source_is_overwritten(tmp_path):
    write_image(tmp_path / 'a.png')
    sources = find_sources([str(tmp_path / 'a.png')])
    with pytest.raises(UserError, match='would be overwritten by its own result'):
        ResultWriter(tmp_path, tmp_path / 'a.json', sources)
    (tmp_path / 'file').write_text('')
    with pytest.raises(NotADirectoryError, match='file/out'):
        ResultWriter(tmp_path / 'file/out', tmp_path / 'a.json', sources)
    with pytest.raises(UserError, match='would hold two results; take another file'):
        ResultWriter(None, tmp_path / 'x', sources, csv_path=tmp_path / 'y' / '..' / 'x')
    with pytest.raises(UserError, match='is a folder, not a file'):
        ResultWriter(tmp_path / 'out', tmp_path / 'out', sources)


def test_kinds_that_cannot_be_written_become_png(tmp_path):
    data, out = tmp_path / 'data', tmp_path / 'out'
    write_image(data / 'a.png').rename(data / 'a')
    sources = find_sources([str(data / 'a')])
    with ResultWriter(out, out / 'found.json', sources) as writer:
        predict_sources(OnePerson(), sources, writer)
    assert read_image(out / 'a.png').shape == (20, 30, 3)


def test_nothing_at_all_that_decodes_is_an_error(tmp_path):
    data = tmp_path / 'data'
    data.mkdir()
    (data / 'a.mp4').write_bytes(b'nothing')
    with pytest.raises(UserError, match=r'a\.mp4 shows no frame: it is damaged, or of a kind'):
        run(data, tmp_path / 'out')
    (data / 'b.png').write_bytes(b'nothing')
    with pytest.raises(UserError, match='nor does any of the other 1'):
        run(data, tmp_path / 'out')
    assert not list((tmp_path / 'out').iterdir())
    (tmp_path / 'out' / 'found.json').write_text('the last good one')
    with pytest.raises(UserError, match='nor does any'):
        run(data, tmp_path / 'out', csv=tmp_path / 'found.csv')
    assert (tmp_path / 'out' / 'found.json').read_text() == 'the last good one'
    assert not (tmp_path / 'found.csv').exists()


def test_every_source_is_drawn(tmp_path):
    data, out = tmp_path / 'data', tmp_path / 'out'
    data.mkdir()
    write_video(data / 'a.avi', (51,))
    write_video(data / 'a.avi.mp4', (204,))
    write_image(data / 'b.png', 102).rename(data / 'b')
    write_image(data / 'b.png', 204)
    sources = find_sources([str(data), str(data / 'b')])
    with ResultWriter(out, out / 'found.json', sources) as writer:
        predict_sources(OnePerson(), sources, writer)
    read = cv2.VideoCapture(str(out / 'a.avi.mp4')).read()[1]
    assert read[10:18, 48:58].mean() == pytest.approx(204, abs=8)
    read = cv2.VideoCapture(str(out / 'a.avi_2.mp4')).read()[1]
    assert read[10:18, 48:58].mean() == pytest.approx(51, abs=8)
    assert np.median(read_image(out / 'b.png')) == 204
    assert np.median(read_image(out / 'b_2.png')) == 102


@pytest.mark.parametrize('full', [True, False])
def test_a_video_that_is_not_whole_keeps_the_older_one(tmp_path, monkeypatch, full):
    """OpenCV's writer reports no error of the disk."""
    write_video(tmp_path / 'data.mp4', (51, 102, 153))
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'data.mp4').write_bytes(b'older')

    class Cut(writer_module.VideoFile):
        def close(self):
            monkeypatch.setattr(writer_module, 'disk_full', lambda folder: full)
            self.writer.release()
            content = self.path.read_bytes()
            self.path.write_bytes(content[: len(content) // 2])
            super().close()

    monkeypatch.setattr(writer_module, 'VideoFile', Cut)
    with pytest.raises(OSError if full else UserError, match=r'No space|0 of 3 frames'):
        run(tmp_path / 'data.mp4', tmp_path / 'out')
    assert (tmp_path / 'out' / 'data.mp4').read_bytes() == b'older'
    assert not list((tmp_path / 'out').glob('.*'))


def test_a_table_on_a_full_disk_keeps_the_older_one(tmp_path, monkeypatch):
    write_image(tmp_path / 'a.png')
    out, sources = tmp_path / 'out.csv', find_sources([str(tmp_path / 'a.png')])
    out.write_text('older')

    def lines(self, *args):
        self.file.write('half a ro')
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(writer_module.CsvTable, 'lines', lines)
    with (
        pytest.raises(OSError, match='No space') as caught,
        ResultWriter(None, tmp_path / 'out.json', sources, csv_path=out) as writer,
    ):
        predict_sources(OnePerson(), sources, writer)
    assert caught.value.filename == str(out) and out.read_text() == 'older'
    assert not list(tmp_path.glob('.*'))


def test_stride_and_table(tmp_path):
    data, out = tmp_path / 'data', tmp_path / 'out'
    data.mkdir()
    write_video(data / 'clip.mp4', (51, 60, 102, 110, 153))
    _, found = run(data, out, csv=tmp_path / 'found.csv', stride=2)
    assert [r['frame'] for r in found] == [0, 2, 4]
    assert [r['score'] for r in found] == [pytest.approx(v, abs=0.03) for v in (0.2, 0.4, 0.6)]
    with (tmp_path / 'found.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert [(r['image_id'], r['file_name'], r['frame']) for r in rows] == [
        ('1', 'clip.mp4', '0'), ('2', 'clip.mp4', '2'), ('3', 'clip.mp4', '4')
    ]  # fmt: skip
    assert float(rows[2]['score']) == found[2]['score'] and 'nose_x' in rows[0]
    video = cv2.VideoCapture(str(out / 'clip.mp4'))
    # As long as before: half the frames, half as many a second.
    assert video.get(cv2.CAP_PROP_FPS) == 5 and video.get(cv2.CAP_PROP_FRAME_COUNT) == 3
    with pytest.raises(UserError, match='stride is 1 or more, not 0'):
        run(data, out, stride=0)


def test_people_are_followed_each_source_for_itself(tmp_path):
    pytest.importorskip('trackers', reason='trackers is not installed')
    data, out = tmp_path / 'data', tmp_path / 'out'
    data.mkdir()
    for name in ('a.mp4', 'b.mp4'):
        write_video(data / name, (200,) * 4)
    for index in range(4):
        write_image(data / 'c' / f'{index}.png', 200, (60, 80))
    follow = Follower('bytetrack', smooth=True)
    _, found = run(data, out, csv=tmp_path / 'found.csv', follow=follow)
    assert [r['track_id'] for r in found] == [None, 0, 0, 0] * 3
    assert 'track_id' in (tmp_path / 'found.csv').read_text().splitlines()[0]


def test_an_error_while_writing_ends_the_run(tmp_path, monkeypatch):
    write_image(tmp_path / 'data' / 'a.png')
    write_image(tmp_path / 'data' / 'b.png')

    def full(path, image):
        raise UserError(f'{path.name} cannot be written')

    monkeypatch.setattr(writer_module, 'write_picture', full)
    with pytest.raises(UserError, match=r'a\.png cannot be written'):
        run(tmp_path / 'data', tmp_path / 'out', batch_size=1)


def test_batches_do_not_make_a_camera_wait():
    def frames(lives):
        return [Frame(None, n, None, live=live) for n, live in enumerate(lives)]

    def sizes(lives, size):
        return [len(batch) for batch in batched(iter(frames(lives)), size)]

    assert sizes([False] * 5, 2) == [2, 2, 1]
    assert sizes([False] * 3 + [True] * 2 + [False], 2) == [2, 1, 1, 1, 1]
