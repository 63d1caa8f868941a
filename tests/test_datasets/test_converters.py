"""YOLO-pose text and COCO JSON, there and back."""

import dataclasses
import json
import os
import re
import shutil
import signal
import tempfile
from pathlib import Path

import cards
import cv2
import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mmpose_lrfg.datasets.converters import coco_to_yolo, to_coco, yolo_to_coco
from mmpose_lrfg.datasets.converters.metainfo_file import metainfo_text
from mmpose_lrfg.datasets.data_files import image_size
from mmpose_lrfg.datasets.yolo_labels import format_line, parse_line
from mmpose_lrfg.utils.data_yaml import YoloSchema, data_yaml, read_data_yaml
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import dataset_info, read_metainfo

LABEL = 'labels/train/a.txt'
NAMES = 'names: [a]\nkpt_shape: [2, 3]\n'
SIZES = st.tuples(st.integers(1, 5000), st.integers(1, 5000))
PARTS = st.integers(0, 10**6).map(lambda n: n / 10**6)


@st.composite
def lines(draw):
    """A schema, and the words of a label line with six digits."""
    values, k = draw(st.sampled_from([2, 3])), draw(st.integers(1, 20))
    classes = tuple(f'class {i}' for i in range(draw(st.integers(1, 4))))
    words = [float(draw(st.integers(0, len(classes) - 1)))]
    words += [draw(PARTS) for _ in range(4)]
    for _ in range(k):
        words += [draw(PARTS), draw(PARTS)]
        words += [float(draw(st.integers(0, 2)))] * (values - 2)
    return YoloSchema(classes, k, values), words


@settings(max_examples=100, deadline=None)
@given(lines(), SIZES)
def test_text_comes_back_as_it_was(made, size):
    schema, words = made
    annotation = parse_line(' '.join(f'{word:.6f}' for word in words), schema, size)
    text = format_line(annotation, annotation['category_id'] - 1, schema, size)
    if schema.values == 3:
        assert [float(word) for word in text.split()] == pytest.approx(words, abs=1.01e-6)
    # And what is written once stays: nothing drifts.
    schema.values = 3
    again = parse_line(text, schema, size)
    assert format_line(again, again['category_id'] - 1, schema, size) == text


def test_a_data_set_there_and_back(tmp_path):
    root = cards.write_cards(tmp_path / 'cards')
    counts = coco_to_yolo(root, tmp_path / 'yolo', digits=12)
    assert counts[0].summary == (
        'train: 4 images (0 without objects), 4 bank_card, 4 id_card, 32 keypoints'
    )
    written = yaml.safe_load((tmp_path / 'yolo' / 'data.yaml').read_text())
    # Classes by category id (3 is id_card, 7 bank_card), pairs by the names of the corners.
    assert written['names'] == {0: 'id_card', 1: 'bank_card'}
    assert written['kpt_shape'] == [4, 3] and written['val'] == 'images/val'
    (tmp_path / 'yolo' / 'labels' / 'train' / '2.txt').unlink()
    counts = yolo_to_coco(tmp_path / 'yolo', tmp_path / 'coco', copy=True)
    assert '4 images (1 without objects)' in counts[0].summary
    assert not (tmp_path / 'coco' / 'train' / '1.png').is_symlink()
    for split in ('train', 'val'):
        before = json.loads((root / 'annotations' / f'{split}.json').read_text())
        after = json.loads((tmp_path / 'coco' / 'annotations' / f'{split}.json').read_text())
        assert [i['id'] for i in after['images']] == [i['id'] for i in before['images']]
        people = [a for a in before['annotations'] if split == 'val' or a['image_id'] != 2]
        assert len(people) == len(after['annotations'])
        for a, b in zip(people, after['annotations']):
            assert np.allclose(a['bbox'], b['bbox'], atol=1e-9)
            assert np.allclose(a['keypoints'], b['keypoints'], atol=1e-9)
            assert (a['image_id'], b['num_keypoints']) == (b['image_id'], 4)
            assert b['category_id'] == {3: 1, 7: 2}[a['category_id']]


def test_the_written_metainfo_is_read(tmp_path):
    root = cards.write_cards(tmp_path / 'cards')
    shutil.copy(cards.CONFIG.parent / 'cards_metainfo.py', root / 'metainfo.py')
    coco_to_yolo(root, tmp_path / 'yolo')
    assert 'flip_idx: [1, 0, 3, 2]' in (tmp_path / 'yolo' / 'data.yaml').read_text()
    yolo_to_coco(tmp_path / 'yolo' / 'data.yaml', tmp_path / 'coco')
    meta = read_metainfo(dict(from_file=str(tmp_path / 'coco' / 'metainfo.py')))
    assert meta['keypoint_id2name'] == dict(enumerate(cards.NAMES))
    assert meta['flip_indices'] == [1, 0, 3, 2] and meta['dataset_name'] == 'yolo'
    assert meta['classes'] == ('id_card', 'bank_card')


@st.composite
def schemas(draw):
    """Classes and keypoints with any names and any pairs."""
    k, words = draw(st.integers(1, 17)), st.text(min_size=1, max_size=9)
    words = words.filter(lambda word: word.isprintable())
    names = draw(st.just([]) | st.lists(words, min_size=k, max_size=k, unique=True))
    order = draw(st.permutations(range(k)))
    flip = list(range(k))
    for a, b in zip(order[0 : draw(st.integers(0, k // 2)) * 2 : 2], order[1::2]):
        flip[a], flip[b] = b, a
    classes = draw(st.lists(words, min_size=1, max_size=3, unique=True))
    return YoloSchema(tuple(classes), k, draw(st.sampled_from([2, 3])), tuple(flip), tuple(names))


@settings(max_examples=25, deadline=None)
@given(schemas())
def test_the_schema_comes_back_as_it_was(schema):
    with tempfile.TemporaryDirectory() as folder:
        root, points = Path(folder), ' 0.5' * 2 + ' 2' * (schema.values - 2)
        make(root / 'a', '0 0.5 0.5 0.2 0.4' + points * schema.num_keypoints)
        (root / 'a' / 'data.yaml').write_text(data_yaml(schema, ['train']), encoding='utf-8')
        before, _ = read_data_yaml(root / 'a' / 'data.yaml')
        assert before == schema
        yolo_to_coco(root / 'a', root / 'b')
        coco_to_yolo(root / 'b', root / 'c')
        coco_to_yolo(root / 'b' / 'annotations' / 'train.json', root / 'd')
        for name in 'cd':
            after, _ = read_data_yaml(root / name / 'data.yaml')
            assert after == dataclasses.replace(schema, values=3)


PLAIN = "dict(keypoint_info={0: dict(name='a', swap='b'), 1: dict(name='b', swap='a'), %s})"


def test_metainfo_beside_the_labels_is_read_as_data(tmp_path):
    root = cards.write_cards(tmp_path / 'cards')
    trap = f"open({str(tmp_path / 'trap')!r}, 'w')"
    rest = "2: dict(name='c'), 3: dict(name='d')"
    (root / 'metainfo.py').write_text(f'{trap}\ndataset_info = {PLAIN % rest}')
    coco_to_yolo(root, tmp_path / 'yolo')
    assert 'flip_idx: [1, 0, 2, 3]' in (tmp_path / 'yolo' / 'data.yaml').read_text()
    shutil.rmtree(tmp_path / 'yolo')
    for value in (PLAIN % '2: 0', PLAIN % f'2: {trap}', PLAIN % f'**{trap}', trap, '('):
        (root / 'metainfo.py').write_text(f'dataset_info = {value}')
        with pytest.raises(UserError, match='must define dataset_info'):
            coco_to_yolo(root, tmp_path / 'yolo')
    assert [path.name for path in tmp_path.iterdir()] == ['cards'], 'something was run'


def test_file_names_inside_and_outside_of_the_image_folder(tmp_path):
    root = make(tmp_path / 'dots')
    image = root / 'images' / 'train' / 'a.jpg'
    before = image.read_bytes()
    yolo_to_coco(root, tmp_path / 'coco', copy=True)
    outside = shutil.copy(image, tmp_path / 'coco' / 'outside.jpg')
    path = tmp_path / 'coco' / 'annotations' / 'train.json'
    content = json.loads(path.read_text())

    def convert(name, images):
        content['images'][0]['file_name'] = name
        path.write_text(json.dumps(content))
        coco_to_yolo(path, tmp_path / 'yolo', images=images)

    for name in ('../outside.jpg', 'x/../../outside.jpg', str(outside), '', '.', '..', '/', None):
        files = sorted(tmp_path.rglob('*'))
        with pytest.raises(UserError, match=r'train\.json: .*images\[0\]'):
            convert(name, tmp_path / 'coco' / 'train')
        assert sorted(tmp_path.rglob('*')) == files
    convert(str(image), root / 'images')
    assert image.read_bytes() == before and not image.is_symlink()
    for file in ('images/train/train/a.jpg', 'labels/train/train/a.txt'):
        assert (tmp_path / 'yolo' / file).is_file()


def test_an_interrupted_conversion_leaves_nothing(tmp_path, run_tool, monkeypatch, capsys):
    root = make(tmp_path / 'dots')
    monkeypatch.setattr(to_coco, 'write_json', lambda *args: os.kill(os.getpid(), signal.SIGTERM))
    assert run_tool('convert labels', root, tmp_path / 'coco', '--to', 'coco') == 130
    assert capsys.readouterr().err == 'interrupted\n'
    assert [path.name for path in tmp_path.iterdir()] == ['dots']


def make(root, text='0 0.5 0.5 0.2 0.4 0.5 0.5 2', data=None, size=(100, 50)):
    """A data set of one image, as Ultralytics documents it."""
    (root / 'images' / 'train').mkdir(parents=True)
    (root / 'labels' / 'train').mkdir(parents=True)
    Image.new('RGB', size).save(root / 'images' / 'train' / 'a.jpg')
    (root / 'labels' / 'train' / 'a.txt').write_text(text)
    content = dict(train='images/train', kpt_shape=[1, 3], names=['dot'], **(data or {}))
    (root / 'data.yaml').write_text(yaml.safe_dump(content))
    return root


def test_pixels_of_a_line(tmp_path):
    yolo_to_coco(make(tmp_path / 'dots'), tmp_path / 'coco')
    content = json.loads((tmp_path / 'coco' / 'annotations' / 'train.json').read_text())
    found = content['annotations'][0]
    assert found['bbox'] == pytest.approx([40, 15, 20, 20])
    assert found['keypoints'] == [50, 25, 2] and found['area'] == pytest.approx(0.53 * 400)
    image = tmp_path / 'dots' / 'images' / 'train' / 'a.jpg'
    assert (tmp_path / 'coco' / 'train' / 'a.jpg').resolve() == image


@pytest.mark.parametrize(
    ('file', 'text', 'message'),
    [
        (LABEL, '\n0 0.5 0.5 0.2 0.4 0.5 0.5', r'a.txt, line 2: 7 numbers, .* 1 keypoints of 3'),
        (LABEL, '1 0.5 0.5 0.2 0.4 0.5 0.5 2', 'line 1: class 1 is not one of the 1'),
        (LABEL, '0 50 25 20 20 50 25 2', 'line 1: .*width and height, got 50'),
        (LABEL, '0 0.5 0.5 0.2 x 0.5 0.5 2', "line 1: .*'x'"),
        (LABEL, '0 0.5 0.5 0.2 0.4 0.5 0.5 3', 'line 1: visibility .* got 3'),
        (LABEL, '0 0.5 0.5 -0.2 0.4 0.5 0.5 2', 'line 1: .*box.* got -0.2 x 0.4'),
        (LABEL, '', r'train of .* has no labels; those of .*a.jpg .*labels.train.a.txt'),
        ('data.yaml', 'names: [a\n', r'data.yaml, line 2 is not YAML'),
        ('data.yaml', 'just text', 'is it the data.yaml'),
        ('data.yaml', 'names: [a]\ntrain: images', 'missing kpt_shape; is it the data.yaml'),
        ('data.yaml', 'names: {1: a}\nkpt_shape: [1, 3]', '"names" must number the classes'),
        ('data.yaml', f'{NAMES}flip_idx: [0, 2]', '"flip_idx" .* 0 to 1 once'),
        ('data.yaml', f'{NAMES}train: pics', 'names pics, but .*pics does not exist'),
        ('data.yaml', NAMES, 'names no images'),
    ],
)
def test_errors_name_file_and_line(tmp_path, file, text, message):
    root = make(tmp_path / 'dots')
    (root / file).write_text(text)
    with pytest.raises(UserError, match=message):
        yolo_to_coco(root, tmp_path / 'coco')
    assert [path.name for path in tmp_path.iterdir()] == ['dots'], 'something is left'


def test_other_layouts(tmp_path):
    """Paths from elsewhere (../train/images), and a list of images with labels to spare."""
    root = make(tmp_path / 'a')
    (root / 'x').mkdir()
    for name in ('images', 'labels'):
        (root / name / 'train').rename(root / 'x' / name)
    (root / 'x' / 'labels' / 'b.txt').write_text('')
    (root / 'list.txt').write_text('./x/images/a.jpg\n')
    for place in ('../x/images', 'list.txt'):
        (root / 'data.yaml').write_text(
            f'path: elsewhere\ntrain: {place}\nkpt_shape: [1, 3]\nnames: [dot]\n'
        )
        counts = yolo_to_coco(root, tmp_path / re.sub(r'\W', '', place))
        assert ', 1 dot,' in counts[0].summary
        assert '1 label files have no image' in counts[0].notes[0]


def test_sizes_are_those_after_decoding(tmp_path):
    """An image with an EXIF orientation."""
    image, exif = Image.new('RGB', (30, 20)), Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / 'a.jpg', exif=exif)
    height, width = cv2.imread(str(tmp_path / 'a.jpg')).shape[:2]
    assert image_size(tmp_path / 'a.jpg') == (width, height) == (20, 30)
    (tmp_path / 'b.jpg').write_text('no')
    with pytest.raises(UserError, match=r'b\.jpg cannot be read'):
        image_size(tmp_path / 'b.jpg')


def test_crowds_are_left_out_with_a_note(tmp_path):
    root = cards.write_cards(tmp_path / 'cards')
    path = root / 'annotations' / 'val.json'
    content = json.loads(path.read_text())
    content['annotations'][0]['iscrowd'] = 1
    del content['annotations'][1]['keypoints']
    path.write_text(json.dumps(content))
    counts = coco_to_yolo(path, tmp_path / 'yolo', images=root / 'val')
    assert counts[0].notes == ['1 crowds are left out']
    lines = Path(tmp_path, 'yolo', 'labels', 'train', '1.txt').read_text().splitlines()
    assert len(lines) == 1 and lines[0].endswith(' 0 0 0' * 4)


def test_the_tool(tmp_path, run_tool, capsys):
    root = make(tmp_path / 'dots')
    assert run_tool('convert labels', root, tmp_path / 'coco', '--to', 'coco') == 0
    message = capsys.readouterr().out
    assert 'train: 1 images (0 without objects), 1 dot, 1 keypoints' in message
    assert run_tool('convert labels', root, tmp_path / 'coco', '--to', 'coco') == 2
    assert 'coco exists; name another DEST' in capsys.readouterr().err
    assert run_tool('convert labels', tmp_path / 'coc', tmp_path / 'x', '--to', 'yolo') == 2
    assert 'coc is not a folder' in capsys.readouterr().err


def test_seventeen_keypoints_with_the_pairs_of_coco_are_those_of_coco():
    known = read_metainfo(dict(from_file='configs/_base_/datasets/coco.py'))
    flip = tuple(known['flip_indices'])

    def written(schema, name):
        return metainfo_text(dataset_info(schema, name))

    assert "'left_ankle'" in written(YoloSchema(('person',), 17, flip=flip), 'x')
    assert 'keypoint_16' in written(YoloSchema(('person',), 17), 'x')
    # A keypoint with a name of COCO's has its sigma.
    some = written(YoloSchema(('x',), 2, keypoints=('left_hip', 'tail'), flip=(0, 1)), 'x')
    assert "'sigmas': [0.107, 0.05]" in some
    named = tuple(f'p{i}' for i in range(17))
    assert "'p16'" in written(YoloSchema(('x',), 17, flip=flip, keypoints=named), 'x')
