import errno

import cv2
import numpy as np
import pytest
from toy_media import OnePerson, write_image, write_video

from mmpose_lrfg.apis import video as video_module
from mmpose_lrfg.apis import writer as writer_module
from mmpose_lrfg.apis.run import predict_sources
from mmpose_lrfg.apis.sources import find_sources
from mmpose_lrfg.apis.writer import ResultWriter, image_ids
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.errors import UserError


def predict(sources, out, **options):
    with ResultWriter(out, out / 'found.json', sources, **options) as writer:
        predict_sources(OnePerson(), sources, writer)


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


def test_no_source_and_no_result_is_overwritten(tmp_path):
    sources = find_sources([str(write_image(tmp_path / 'a.png'))])
    out = tmp_path / 'out'
    for arguments, csv_path, message in (
        ((tmp_path, tmp_path / 'a.json'), None, 'overwritten by its own result'),
        ((None, tmp_path / 'x'), tmp_path / 'y' / '..' / 'x', 'would hold two results'),
        ((out, out / 'a.png'), None, 'would hold two results'),
        ((out, out), None, 'is a folder, not a file'),
        ((None, tmp_path), None, 'is a folder, not a file'),
    ):
        with pytest.raises(UserError, match=message):
            ResultWriter(*arguments, sources, csv_path=csv_path)
    assert [*tmp_path.iterdir()] == [tmp_path / 'a.png']
    (tmp_path / 'file').write_text('')
    writer = ResultWriter(tmp_path / 'file/out', None, sources)
    with pytest.raises(NotADirectoryError, match='file/out'), writer:
        pass


def test_every_source_has_a_drawn_file(tmp_path):
    data, out = tmp_path / 'data', tmp_path / 'out'
    write_video(data / 'a.avi', (51,))
    write_video(data / 'a.avi.mp4', (204,))
    write_image(data / 'b.png', 102).rename(data / 'b')
    write_image(data / 'b.png', 204)
    write_image(data / 'c.png', 51).rename(data / 'c')  # becomes PNG
    predict(find_sources([str(data), str(data / 'b'), str(data / 'c')]), out)
    for name, value in (('a.avi.mp4', 204), ('a.avi_2.mp4', 51)):
        drawn = cv2.VideoCapture(str(out / name)).read()[1]
        assert drawn[10:18, 48:58].mean() == pytest.approx(value, abs=8)
    for name, value in (('b.png', 204), ('b_2.png', 102), ('c.png', 51)):
        assert np.median(read_image(out / name)) == value


@pytest.mark.parametrize('full', [True, False])
def test_an_incomplete_video_keeps_the_older_one(tmp_path, monkeypatch, full):
    """OpenCV's writer reports no error of the disk."""
    source = write_video(tmp_path / 'data.mp4', (51, 102, 153))
    out = tmp_path / 'out'
    out.mkdir()
    (out / 'data.mp4').write_bytes(b'older')

    class Cut(writer_module.VideoFile):
        def close(self):
            monkeypatch.setattr(video_module, 'disk_full', lambda folder: full)
            self.writer.release()
            content = self.path.read_bytes()
            self.path.write_bytes(content[: len(content) // 2])
            super().close()

    monkeypatch.setattr(writer_module, 'VideoFile', Cut)
    with pytest.raises(OSError if full else UserError, match=r'No space|0 of 3 frames'):
        predict(find_sources([str(source)]), out)
    assert (out / 'data.mp4').read_bytes() == b'older' and not list(out.glob('.*'))


def test_a_csv_on_a_full_disk_keeps_the_older_one(tmp_path, monkeypatch):
    sources = find_sources([str(write_image(tmp_path / 'a.png'))])
    older = tmp_path / 'out.csv'
    older.write_text('older')

    def lines(self, *args):
        self.file.write('half a ro')
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(writer_module.CsvSink, 'lines', lines)
    with pytest.raises(OSError, match='No space') as caught:
        predict(sources, tmp_path / 'out', csv_path=older)
    assert caught.value.filename == str(older) and older.read_text() == 'older'
    assert not list(tmp_path.glob('.*'))
