"""COCO annotation files that are broken, of wrong types, or hold values that mean nothing."""

import copy
import json

import hostile
import official_coco
import pytest

NAN, HUGE = float('nan'), 10**30


def person(**changes):
    """Change the first annotated person."""
    return lambda content: content['annotations'][0].update(changes)


def image(**changes):
    return lambda content: content['images'][0].update(changes)


def category(**changes):
    return lambda content: content['categories'][0].update(changes)


def without(part, key):
    return lambda content: content[part][0].pop(key)


def whole(value):
    return lambda content: value


def part(name, value):
    return lambda content: content.update({name: value})


def keypoints(*values):
    """Change the first numbers of the first person's keypoints."""

    def change(content):
        content['annotations'][0]['keypoints'][: len(values)] = values

    return change


#: Nothing can be read from these: every tool ends with exit code 2.
TEXTS = {
    'empty': '',
    'blank': '  \n',
    'text': 'hello',
    'cut off': '{"images": [{"id": 1, "file_name": "1.png"',
    'two objects': '{} {}',
    'trailing comma': '{"images": [],}',
    'byte order mark': '\ufeff{}',
    'deep lists': '[' * 100_000,
    'deep objects': '{"a":' * 100_000,
    'control character': '{"images": "\x01"}',
}
WHOLE = {'a list': [], 'a number': 5, 'a string': 'x', 'null': None, 'nothing': {}, 'false': False}
STRUCTURE = {
    'no images': lambda c: c.pop('images'),
    'no annotations': lambda c: c.pop('annotations'),
    'images empty': part('images', []),
    'images an object': part('images', {}),
    'images of numbers': part('images', [1, 2]),
    'images of null': part('images', [None]),
    'annotations a string': part('annotations', 'x'),
    'annotations of lists': part('annotations', [[1]]),
    'categories a number': part('categories', 1),
    'categories of strings': part('categories', ['person']),
    'image id a string': image(id='1'),
    'image id a fraction': image(id=1.5),
    'image id huge': image(id=HUGE),
    'image id a list': image(id=[1]),
    'file name a number': image(file_name=7),
    'file name a list': image(file_name=['a', 'b']),
    'width a string': image(width='96'),
    'width a list': image(width=[96]),
    'height an object': image(height={}),
    'annotation id a string': person(id='7'),
    'annotation id huge': person(id=HUGE),
    'image_id a string': person(image_id='1'),
    'image_id a list': person(image_id=[1]),
    'category_id a string': person(category_id='person'),
    'category_id a fraction': person(category_id=1.5),
    'box a string': person(bbox='1 2 3 4'),
    'box an object': person(bbox=dict(x=1)),
    'box of strings': person(bbox=['1', '2', '3', '4']),
    'box of null': person(bbox=[1, 2, None, 4]),
    'box nested': person(bbox=[[1, 2], [3, 4]]),
    'keypoints a string': person(keypoints='x'),
    'keypoints of strings': person(keypoints=['1'] * 51),
    'keypoints nested': person(keypoints=[[1, 2, 2]] * 17),
    'keypoints of null': person(keypoints=[None] * 51),
    'area a string': person(area='large'),
    'area a list': person(area=[1]),
    'iscrowd a string': person(iscrowd='no'),
    'num_keypoints a string': person(num_keypoints='17'),
    'num_keypoints a fraction': person(num_keypoints=1.5),
    'category name a number': category(name=5),
    'category keypoints a string': category(keypoints='nose'),
    'category id missing': without('categories', 'id'),
}
#: These can be read, and ``check_dataset`` lists them with exit code 1; all others refuse them.
VALUES = {
    'image without id': without('images', 'id'),
    'image without file name': without('images', 'file_name'),
    'annotation without id': without('annotations', 'id'),
    'annotation without image_id': without('annotations', 'image_id'),
    'image id repeated': lambda c: c['images'][1].update(id=1),
    'annotation id repeated': lambda c: c['annotations'][1].update(id=c['annotations'][0]['id']),
    'category not listed': person(category_id=9),
    'box of 3 numbers': person(bbox=[1, 2, 3]),
    'box of 5 numbers': person(bbox=[1, 2, 3, 4, 5]),
    'box empty': person(bbox=[]),
    'box with NaN': person(bbox=[1, 2, NAN, 4]),
    'box of infinite size': person(bbox=[1, 2, float('inf'), 4]),
    'box of 1e300': person(bbox=[1, 2, 1e300, 4]),
    'one keypoint': person(keypoints=[1, 2, 2]),
    '50 numbers': person(keypoints=[1] * 50),
    'no numbers': person(keypoints=[]),
    'keypoint NaN': keypoints(NAN),
    'keypoint infinite': keypoints(float('-inf')),
    'keypoint at 1e300': keypoints(1e300),
    'visibility 7': keypoints(20, 20, 7),
    'visibility -1': keypoints(20, 20, -1),
    'visibility NaN': keypoints(20, 20, NAN),
    'nobody': lambda c: c['annotations'].clear(),
    'image gone': image(file_name='none.png'),
}
UNREADABLE = list(TEXTS.items())
UNREADABLE += [(f'the file is {name}', json.dumps(value)) for name, value in WHOLE.items()]


def spoilt(change):
    content = copy.deepcopy(official_coco.content())
    change(content)
    return json.dumps(content)


UNREADABLE += [(name, spoilt(change)) for name, change in STRUCTURE.items()]
LISTED = [(name, spoilt(change)) for name, change in VALUES.items()]


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


def named(cases):
    return pytest.mark.parametrize('text', [t for _, t in cases], ids=[n for n, _ in cases])


def commands(path, folder, out):
    """Tools that read annotations, and what they are to write."""
    images = folder / 'train2017'
    return {
        'prepare_coco_subset': (folder, out / 'prepared'),
        'convert_dataset': (path, out / 'yolo', '--to', 'yolo', '--images', images),
        'autoanchor': (path,),
    }


@named(UNREADABLE)
def test_what_cannot_be_read_is_one_sentence(put, folder, tmp_path, run_tool, capsys, text):
    path = put(text)
    tools = commands(path, folder, tmp_path) | {'check_dataset': (path,)}
    for tool, argv in tools.items():
        sentence = hostile.refused(run_tool, capsys, folder, tool, *argv)
        assert path.name in sentence, tool
    assert not any(tmp_path.iterdir())


@named(LISTED)
def test_what_means_nothing_is_listed_or_refused(put, folder, tmp_path, run_tool, capsys, text):
    path = put(text)
    images = folder / 'train2017'
    argv = ('check_dataset', path, '--images', images)
    code, errors = hostile.run(run_tool, capsys, folder, *argv)
    assert code == 1 and not errors, errors
    sentence = hostile.refused(
        run_tool, capsys, folder, 'prepare_coco_subset', folder, tmp_path / 'prepared'
    )
    assert str(path.parent.parent) in sentence
    assert not any(tmp_path.iterdir())


def test_a_clean_file_passes(folder, tmp_path, run_tool, capsys):
    path = folder / 'annotations/person_keypoints_train2017.json'
    for tool, argv in commands(path, folder, tmp_path).items():
        code, _ = hostile.run(run_tool, capsys, folder, tool, *argv)
        assert code == 0, tool


@pytest.mark.parametrize(
    'text', ['[' * 100_000, '[1, "x"]', '[{}]', '[null]', '', 'one', '1.5', '9' * 30]
)
def test_a_list_of_ids_that_is_none(folder, tmp_path, run_tool, capsys, text):
    ids = tmp_path / 'ids.json'
    ids.write_text(text)
    argv = ('prepare_coco_subset', folder, tmp_path / 'prepared', '--ids', ids)
    assert 'ids' in hostile.refused(run_tool, capsys, folder, *argv)
    assert [path.name for path in tmp_path.iterdir()] == ['ids.json']
