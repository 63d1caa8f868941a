"""COCO annotation files that are broken, of wrong types, or hold values that mean nothing."""

import copy
import json

import hostile
import official_coco
import pytest

from mmpose_lrfg.benchmark.data import open_labels
from mmpose_lrfg.utils.errors import UserError

NAN, INFINITE, HUGE = float('nan'), float('inf'), 10**30

#: Nothing can be read from these: every tool ends with exit code 2.
TEXTS = ['', '  \n', 'hello', '{"images": [{"id": 1, "file_name": "1.png"']
TEXTS += ['{} {}', '{"images": [],}', '\ufeff{}', '{"images": "\x01"}']
TEXTS += ['[' * 100_000, '{"a":' * 100_000, '[]', '5', '"x"', 'null', '{}', 'false']
PARTS = [('images', []), ('images', {}), ('images', [1, 2]), ('images', [None]), ('images', ...)]
PARTS += [('annotations', 'x'), ('annotations', [[1]]), ('annotations', ...)]
PARTS += [('categories', 1), ('categories', ['person'])]
TYPES = {
    'images.id': ['1', 1.5, HUGE, [1]],
    'images.file_name': [7, ['a', 'b']],
    'images.width': ['96', [96]],
    'images.height': [{}],
    'annotations.id': ['7', HUGE],
    'annotations.image_id': ['1', [1]],
    'annotations.category_id': ['person', 1.5],
    'annotations.bbox': ['1 2 3 4', dict(x=1), list('1234'), [1, 2, None, 4], [[1, 2], [3, 4]]],
    'annotations.keypoints': ['x', ['1'] * 51, [[1, 2, 2]] * 17, [None] * 51],
    'annotations.area': ['large', [1]],
    'annotations.iscrowd': ['no'],
    'annotations.num_keypoints': ['17', 1.5],
    'categories.id': [...],
    'categories.name': [5],
    'categories.keypoints': ['nose'],
}
#: These can be read, and ``lrfg check`` lists them with exit code 1; all others refuse them.
VALUES = {
    'images.id': [..., 2],
    'images.file_name': [..., 'none.png'],
    'annotations.id': [..., 2],
    'annotations.image_id': [...],
    'annotations.category_id': [9],
    'annotations.bbox': [
        [], [1, 2, 3], [1, 2, 3, 4, 5], [1, 2, NAN, 4], [1, 2, INFINITE, 4], [1, 2, 1e300, 4],
    ],
    'annotations.keypoints': [[], [1, 2, 2], [1] * 50],
    'keypoints': [[NAN], [-INFINITE], [1e300], [20, 20, 7], [20, 20, -1], [20, 20, NAN]],
    'nobody': [None],
}  # fmt: skip


def spoilt(place, value):
    """The file with another value (... for none) in the first entry of its part."""
    content = copy.deepcopy(official_coco.content())
    part, _, key = place.partition('.')
    entry = content[part][0] if key else content
    if place == 'nobody':
        content['annotations'] = []
    elif place == 'keypoints':
        content['annotations'][0]['keypoints'][: len(value)] = value
    elif value is ...:
        del entry[key or part]
    else:
        entry[key or part] = value
    return json.dumps(content)


def cases(table):
    return [(place, value) for place, values in table.items() for value in values]


UNREADABLE = TEXTS + [spoilt(*case) for case in PARTS + cases(TYPES)]
LISTED = [spoilt(*case) for case in cases(VALUES)]


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return official_coco.write(tmp_path_factory.mktemp('hostile') / 'coco')


@pytest.fixture
def put(folder):
    """Write a text as the annotations of train2017; return their path."""
    path = folder / 'annotations/person_keypoints_train2017.json'
    original = path.read_bytes()

    def write(text):
        path.write_bytes(text.encode('utf-8', 'surrogateescape'))
        return path

    yield write
    path.write_bytes(original)


@pytest.mark.parametrize('text', UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_cannot_be_read_is_one_sentence(put, folder, run_tool, capsys, text):
    path = put(text)
    for tool in ('anchors', 'check'):
        assert path.name in hostile.refused(run_tool, capsys, folder, tool, path), tool


@pytest.mark.parametrize('text', LISTED, ids=range(len(LISTED)))
def test_what_means_nothing_is_listed_and_refused(put, folder, tmp_path, run_tool, capsys, text):
    path = put(text)
    code, errors = hostile.run(run_tool, capsys, folder, 'check', path)
    assert code == 1 and not errors, errors
    with pytest.raises(UserError, match=path.stem):
        open_labels(path)
    argv = ('convert labels', path, tmp_path / 'yolo', '--to', 'yolo')
    hostile.run(run_tool, capsys, folder, *argv)


def test_a_clean_file_passes(folder, run_tool, capsys):
    path = folder / 'annotations/person_keypoints_train2017.json'
    for tool in ('anchors', 'check'):
        assert hostile.run(run_tool, capsys, folder, tool, path)[0] == 0, tool
