"""Data sets as command lines name them: folders, labels of YOLO, single files."""

import json
import shutil
from pathlib import Path

import cards
import official_coco
import pytest

from mmpose_lrfg.datasets.converters import coco_to_yolo
from mmpose_lrfg.datasets.user_data import UserData, find_user_data
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import read_metainfo

INFO = cards.CONFIG.parent / 'cards_metainfo.py'


@pytest.fixture
def root(tmp_path):
    return cards.write_cards(tmp_path / 'cards', (('train', 10), ('val', 2)))


def meta(found):
    return read_metainfo(dict(from_file=found.metainfo))


def edit(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_folder_with_own_categories(root, tmp_path, capsys):
    edit(root / 'annotations/train.json',
         lambda c: c['categories'][0].update(skeleton=[[1, 2], [2, 3]]))  # fmt: skip
    found = find_user_data(str(root), tmp_path / 'work')
    assert found.train_img == str(root / 'train')
    assert found.val_ann == str(root / 'annotations/val.json')
    assert found.metainfo == str(tmp_path / 'work/data/metainfo.py')
    assert meta(found)['classes'] == ('id_card', 'bank_card')
    assert meta(found)['keypoint_id2name'] == dict(enumerate(cards.NAMES))
    assert meta(found)['skeleton_links'] == []  # those of the first id, 3
    assert 'sigmas of 4 of 4 keypoints are set to 0.05' in capsys.readouterr().err


@pytest.mark.parametrize('skeleton', [[[1, 2], [2, 3]], [[1, 5]], 'x', [[1]], None])
def test_links_of_the_annotations(root, tmp_path, skeleton):
    edit(root / 'annotations/train.json', lambda c: c['categories'][1].update(skeleton=skeleton))
    links = meta(find_user_data(str(root), tmp_path / 'work'))['skeleton_links']
    assert links == ([(0, 1), (1, 2)] if skeleton == [[1, 2], [2, 3]] else [])


def test_metainfo_of_the_folder_is_read_and_not_executed(root, tmp_path, capsys):
    shutil.copy(INFO, root / 'metainfo.py')
    with (root / 'metainfo.py').open('a') as file:
        file.write(f'\nopen({str(tmp_path / "trap")!r}, "w")\n')
    found = meta(find_user_data(str(root), tmp_path / 'work'))
    assert found['classes'] == ('bank_card', 'id_card')
    assert found['sigmas'].tolist() == pytest.approx([0.025] * 4)
    assert not (tmp_path / 'trap').exists()
    assert not capsys.readouterr().err


def test_names_of_coco(tmp_path):
    root = official_coco.write(tmp_path / 'coco')
    for other in ('captions_train2017', 'instances_train2017', 'instances_val2017'):
        (root / 'annotations' / f'{other}.json').write_text('{}')
    files = ('annotations/person_keypoints_train2017.json', 'train2017')
    files += ('annotations/person_keypoints_val2017.json', 'val2017')
    assert find_user_data(str(root), tmp_path) == UserData(*(str(root / f) for f in files))


def test_two_classes_of_people_have_the_keypoints_of_coco(tmp_path):
    root = official_coco.write(tmp_path / 'coco')

    def change(content):
        content['categories'].append(dict(id=2, name='referee'))
        content['annotations'][0]['category_id'] = 2

    edit(root / 'annotations/person_keypoints_train2017.json', change)
    found = meta(find_user_data(str(root), tmp_path / 'work'))
    assert found['classes'] == ('person', 'referee')
    assert found['flip_indices'][1] == 2 and found['sigmas'][0] == pytest.approx(0.026)


def test_labels_of_yolo_stay_where_they_are(root, tmp_path, capsys):
    labels, work = tmp_path / 'yolo', tmp_path / 'work'
    coco_to_yolo(root, labels)
    file = str(labels / 'data.yaml')
    for data in (labels, file):
        found = find_user_data(str(data), work)
        assert found == UserData(file, '', file, '', str(work / 'data/metainfo.py'))
    assert [path.name for path in (work / 'data').iterdir()] == ['metainfo.py']
    assert meta(found)['classes'] == ('id_card', 'bank_card')
    assert meta(found)['dataset_name'] == 'yolo'
    assert 'in a metainfo.py beside' in capsys.readouterr().err
    assert find_user_data(file, work, validate_only=True) == UserData('', '', file, '')
    shutil.copy(INFO, labels / 'metainfo.py')
    assert meta(find_user_data(file, work))['sigmas'].tolist() == pytest.approx([0.025] * 4)
    assert not capsys.readouterr().err


@pytest.mark.parametrize('name', ['train.json', 'default.json'])
def test_one_file_is_divided(root, tmp_path, capsys, name):
    file = root / 'annotations' / 'train.json'
    file = file.rename(file.with_name(name))
    (root / 'annotations/val.json').unlink()
    (root / 'train').rename(root / 'images')
    data = file if name == 'train.json' else root
    found = find_user_data(str(data), tmp_path / 'work')
    ids = {}
    for split, path in (('train', found.train_ann), ('val', found.val_ann)):
        content = json.loads(Path(path).read_text())
        ids[split] = [image['id'] for image in content['images']]
        assert {ann['image_id'] for ann in content['annotations']} == set(ids[split])
    assert ids == dict(train=[1, 2, 3, 4, 5, 7, 8, 9, 10], val=[6])
    assert found.train_img == found.val_img == str(root / 'images')
    assert 'validation: 1 of 10 images' in capsys.readouterr().err
    assert find_user_data(str(data), tmp_path / 'work', validate_only=True).val_ann == str(file)


def empty(root):
    shutil.rmtree(root / 'annotations')


def without(split):
    return lambda root: (root / f'annotations/{split}.json').unlink()


def twice(root):
    for name in ('a_train', 'b_train'):
        shutil.copy(root / 'annotations/train.json', root / f'annotations/{name}.json')
    (root / 'annotations/train.json').unlink()


def labels_without_val(root):
    empty(root)
    (root / 'data.yaml').write_text('names: [a]\nkpt_shape: [4, 3]\ntrain: train\n')


@pytest.mark.parametrize(
    ('spoil', 'message'),
    [
        (empty, 'cards has no annotations: expected a folder with annotations/train.json'),
        (without('train'), r'no train set: expected annotations/train\.json .*found: val\.json'),
        (without('val'), r'no val set: expected annotations/val\.json .*found: train\.json'),
        (twice, r'several files of train: a_train\.json, b_train\.json'),
        (labels_without_val, r'data\.yaml names no images of val; add "val: FOLDER"'),
        (lambda root: root.rename(root.with_name('card')), 'does not exist. Did you mean card?'),
        (
            lambda root: edit(root / 'annotations/train.json', lambda c: c['annotations'].clear()),
            'no annotation with "keypoints"',
        ),
        (lambda root: (root / 'metainfo.py').write_text('x = 1'), 'must define dataset_info'),
    ],
)
def test_errors(root, tmp_path, spoil, message):
    spoil(root)
    with pytest.raises(UserError, match=message):
        find_user_data(str(root), tmp_path / 'work')


def test_one_image_cannot_be_divided(tmp_path):
    root = cards.write_cards(tmp_path / 'cards', (('train', 1),))
    with pytest.raises(UserError, match='has 1 image'):
        find_user_data(str(root / 'annotations/train.json'), tmp_path / 'work')
    with pytest.raises(UserError, match='has no annotations: expected'):
        find_user_data(str(root / 'train/1.png'), tmp_path / 'work')
