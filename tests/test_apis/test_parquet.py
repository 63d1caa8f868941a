"""Poses in Parquet files, read by pandas."""

import json

import pandas as pd
import pytest

pa = pytest.importorskip('pyarrow', reason='pyarrow is not installed')

from pyarrow.fs import LocalFileSystem  # noqa: E402

from mmpose_lrfg.apis.parquet import KEY, ROWS, PoseFile, prepare_folder  # noqa: E402
from mmpose_lrfg.runtime import COCO, Poses  # noqa: E402
from mmpose_lrfg.utils.errors import UserError  # noqa: E402

SETTINGS = {'model': 's6', 'img_size': [64, 64], 'classes': None}


def poses(people):
    points = [[[n + k, 2.0] for k in range(17)] for n in range(people)]
    boxes = [[n, 1, n + 10, 21] for n in range(people)]
    return Poses(boxes, [0.5] * people, points, [[0.25] * 17] * people) if people else NOBODY


NOBODY = Poses([[0, 0, 1, 1]], [1], [[[0, 0]] * 17], [[0] * 17])[:0]


@pytest.fixture
def file(tmp_path):
    system = LocalFileSystem()
    path = str(tmp_path / 'images-a.parquet')
    return PoseFile(system, path, pa.schema({'score': pa.string()}), SETTINGS, COCO)


def test_rows(file, tmp_path):
    with file:
        image = dict(path='a.jpg', width=640, height=480, input_score='high')
        file.add(image, poses(2))
        file.add(dict(image, path='b.mp4', frame=7), poses(0))
        file.add_error(dict(path='c.jpg'), 'the file is empty')
        for _ in range(ROWS):
            file.add(dict(image, path='d.jpg'), poses(1))
    table = pd.read_parquet(tmp_path)
    assert len(table) == ROWS + 4
    assert table.person.tolist()[:2] == [0, 1] and table.person[2:4].isna().all()
    assert table.bbox[1].tolist() == [1, 1, 10, 20] and table.score[1] == 0.5
    assert table.keypoints[1].tolist()[:6] == [1, 2, 0.25, 2, 2, 0.25]
    assert len(table.keypoints[1]) == 51 and table.label[1] == 0
    assert table.frame[2] == 7 and table.error[3] == 'the file is empty'
    assert table.input_score[:4].tolist() == ['high', 'high', 'high', None]
    metadata = json.loads(pa.parquet.read_schema(file.path).metadata[KEY])
    assert metadata['keypoints'] == [*COCO.names] and metadata['classes'] == ['person']
    complete = prepare_folder(LocalFileSystem(), str(tmp_path), SETTINGS)
    assert {name: sorted(paths.to_pylist()) for name, paths in complete.items()} == {
        'images-a.parquet': ['a.jpg', 'b.mp4', 'c.jpg', 'd.jpg']
    }
    with pytest.raises(UserError, match='poses with model s6, not n6'):
        prepare_folder(LocalFileSystem(), str(tmp_path), SETTINGS | {'model': 'n6'})


def test_a_file_that_is_not_completed_leaves_nothing(file, tmp_path):
    with pytest.raises(KeyboardInterrupt), file:
        file.add(dict(path='a.jpg'), poses(1))
        raise KeyboardInterrupt
    assert not [*tmp_path.iterdir()]
    file.__enter__()  # and then its process is killed
    assert [path.name[0] for path in tmp_path.iterdir()] == ['.']
    assert prepare_folder(LocalFileSystem(), str(tmp_path), SETTINGS) == {}
    assert not [*tmp_path.iterdir()]
