import errno

import cv2
import numpy as np
import pytest
from toy_media import OnePerson, write_image, write_video

from mmpose_lrfg.apis.frames import read_frames
from mmpose_lrfg.apis.sources import find_sources
from mmpose_lrfg.apis.writer import ResultWriter, image_ids
from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.errors import UserError


@pytest.mark.parametrize(
    ('names', 'ids'),
    [
        (['000000000042.png', '7.jpg'], [42, 7]),
        (['7.png', '07.jpg'], None),
        (['7.png', 'a.png'], None),
        (['7.png', '8.mp4'], None),
    ],
)
def test_ids_are_the_numbers_in_file_names(tmp_path, names, ids):
    for name in names:
        (tmp_path / name).touch()
    found = image_ids(find_sources([str(tmp_path / name) for name in names]))
    assert (found and [*found.values()]) == ids


@pytest.mark.parametrize(
    ('out_dir', 'json_path', 'csv_path', 'message'),
    [
        ('.', 'a.json', None, 'overwritten by its own result'),
        (None, 'x', 'y/../x', 'would hold two results'),
        ('out', 'out/a.png', None, 'would hold two results'),
        ('out', 'out', None, 'is a folder'),
        (None, '.', None, 'is a folder'),
    ],
)
def test_nothing_is_overwritten(tmp_path, monkeypatch, out_dir, json_path, csv_path, message):
    monkeypatch.chdir(tmp_path)
    write_image(tmp_path / 'a.png')
    with pytest.raises(UserError, match=message):
        ResultWriter(out_dir, json_path, find_sources(['a.png']), csv_path=csv_path)
    assert [p.name for p in tmp_path.iterdir()] == ['a.png']


def test_every_source_has_a_drawn_file(tmp_path):
    data, out = tmp_path / 'data', tmp_path / 'out'
    write_video(data / 'a.avi', (51,))
    write_video(data / 'a.avi.mp4', (204,))
    write_image(data / 'b.png', 102).rename(data / 'b')
    write_image(data / 'b.png', 204)
    write_image(data / 'c.png', 51).rename(data / 'c')  # becomes PNG
    sources = find_sources([str(data), str(data / 'b'), str(data / 'c')])
    with ResultWriter(out, None, sources) as writer:
        for frame in read_frames(sources):
            writer.add(frame, OnePerson().person(frame.image))
    for name, value in (('a.avi.mp4', 204), ('a.avi_2.mp4', 51)):
        drawn = cv2.VideoCapture(str(out / name)).read()[1]
        assert drawn[10:18, 48:58].mean() == pytest.approx(value, abs=8)
    for name, value in (('b.png', 204), ('b_2.png', 102), ('c.png', 51)):
        assert np.median(read_image(out / name)) == value


@pytest.mark.parametrize(('suffix', 'method'), [('json', 'to_coco'), ('csv', 'to_csv')])
def test_a_full_disk_keeps_the_older_file(tmp_path, monkeypatch, suffix, method):
    def fail(*args):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(Poses, method, fail)
    sources = find_sources([str(write_image(tmp_path / 'a.png'))])
    older = tmp_path / f'out.{suffix}'
    older.write_text('older')
    paths = dict(json_path=None, csv_path=None) | {f'{suffix}_path': older}
    writer = ResultWriter(None, sources=sources, **paths)
    (frame,) = read_frames(sources)
    with pytest.raises(OSError, match='No space') as caught, writer:
        writer.add(frame, Poses.from_coco([]))
    assert caught.value.filename == str(older) and older.read_text() == 'older'
    assert not list(tmp_path.glob('.*'))
