"""Text labels as they are: the same samples and metrics as after their conversion to COCO."""

import json
import shutil
from pathlib import Path

import cards
import numpy as np
import pytest
import toy_job
import yaml
from test_any_schema import evaluate

from mmpose_lrfg.datasets.checks import examine
from mmpose_lrfg.datasets.coco import CheckedCocoDataset
from mmpose_lrfg.datasets.coco_folder import find_data
from mmpose_lrfg.datasets.converters import coco_to_yolo, yolo_to_coco
from mmpose_lrfg.datasets.yolo_folder import read_labels
from mmpose_lrfg.engine.data import find_subject
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import read_metainfo


@pytest.fixture(scope='module')
def labels(tmp_path_factory):
    """Text labels of cards; one image of each split has no label file."""
    folder = tmp_path_factory.mktemp('labels')
    root = cards.write_cards(folder / 'cards', (('train', 4), ('val', 3)))
    coco_to_yolo(root, folder / 'yolo')
    for split in ('train', 'val'):
        (folder / f'yolo/labels/{split}/2.txt').unlink()
    return folder / 'yolo'


def edit(labels, dest, **changes):
    """Write another data.yaml for the labels."""
    content = {**yaml.safe_load((labels / 'data.yaml').read_text()), 'path': str(labels), **changes}
    dest.write_text(yaml.safe_dump(content))
    return dest


def open_both(file, folder, split, **options):
    """Return the dataset of a data.yaml, and that of the COCO annotations made of it."""
    if not folder.exists():
        yolo_to_coco(file, folder)
    options.update(data_mode='bottomup', test_mode=split == 'val')
    converted = CheckedCocoDataset(
        str(folder / f'annotations/{split}.json'),
        data_prefix=dict(img=str(folder / split)),
        **{'metainfo': dict(from_file=str(folder / 'metainfo.py')), **options},
    )
    return CheckedCocoDataset(str(file), **options), converted


def assert_equal(direct, converted):
    assert len(direct) == len(converted)
    for one, other in zip(direct, converted):
        one, other = dict(one), dict(other)
        one.pop('dataset', None), other.pop('dataset', None)
        assert Path(one.pop('img_path')).resolve() == Path(other.pop('img_path')).resolve()
        assert one.keys() == other.keys()
        for key, value in other.items():
            np.testing.assert_equal(one[key], value, err_msg=key)


@pytest.mark.parametrize('background_images', [False, True])
@pytest.mark.parametrize('split', ['train', 'val'])
def test_samples_are_those_of_the_conversion(labels, tmp_path, split, background_images):
    direct, converted = open_both(
        labels / 'data.yaml', tmp_path / 'coco', split, background_images=background_images
    )
    assert len(direct) == dict(train=3 + background_images, val=3)[split]
    assert_equal(direct, converted)
    for key, value in converted.metainfo.items():
        np.testing.assert_equal(direct.metainfo[key], value, err_msg=key)


def test_metrics_are_those_of_the_conversion(labels, tmp_path):
    (tmp_path / 'list.txt').write_text(f'{labels}/images/val/1.png\n{labels}/images/val/3.png\n')
    file = edit(labels, tmp_path / 'a.yaml', val=str(tmp_path / 'list.txt'))
    direct, converted = open_both(file, tmp_path / 'coco', 'val')
    for dataset in (direct, converted):
        rng = np.random.default_rng(0)
        info = dataset.get_data_info
        dataset.get_data_info = lambda index, info=info, rng=rng: moved(info(index), rng)
    found = [evaluate(data.ann_file, data) for data in (direct, converted)]
    assert found[0] == found[1] and 0.01 < found[0]['coco/AP'] < 0.99


def moved(info, rng):
    return {**info, 'keypoints': info['keypoints'] + rng.normal(0, 2, info['keypoints'].shape)}


def test_keypoints_of_coco_have_its_metainfo(tmp_path):
    root = Path(toy_job.write_data(tmp_path / 'toy'))
    coco_to_yolo(root / 'people.json', tmp_path / 'yolo', images=root / 'images')
    file = tmp_path / 'yolo/data.yaml'
    edit(tmp_path / 'yolo', file, flip_idx=list(read_metainfo_of_coco()['flip_indices']))
    content = yaml.safe_load(file.read_text())
    del content['kpt_names']
    file.write_text(yaml.safe_dump(content))
    direct, converted = open_both(file, tmp_path / 'coco', 'train', metainfo=None)
    assert direct.metainfo.pop('dataset_name') == 'yolo'
    for key in ('sigmas', 'flip_indices', 'skeleton_links', 'dataset_keypoint_weights'):
        np.testing.assert_equal(direct.metainfo[key], converted.metainfo[key])


def read_metainfo_of_coco():
    return read_metainfo(CheckedCocoDataset.METAINFO)


def test_folders_and_lists(labels, tmp_path):
    (tmp_path / 'list.txt').write_text(f'{labels}/images/train/3.png\n{labels}/images/val/1.png\n')
    folders = ['images/val', 'images/train']
    file = edit(labels, tmp_path / 'a.yaml', train=folders, val=str(tmp_path / 'list.txt'))
    for split, names in (('train', 7), ('val', ['train/3.png', 'val/1.png'])):
        direct, converted = open_both(file, tmp_path / 'coco', split, background_images=True)
        assert_equal(direct, converted)
        content, images, _ = read_labels(file, split)
        found = [image['file_name'] for image in content['images']]
        assert images == labels / 'images' and names in (found, len(found))


def test_the_split_is_that_of_the_mode_or_named(labels, tmp_path):
    file = edit(labels, tmp_path / 'a.yaml', test='images/train')
    settings = dict(ann_file='a.yaml', data_root=str(tmp_path), data_mode='bottomup')
    sizes = [
        len(CheckedCocoDataset(**settings, **mode))
        for mode in ({}, dict(test_mode=True), dict(test_mode=True, split='test'))
    ]
    assert sizes == [3, 3, 4]
    with pytest.raises(UserError, match=r'a\.yaml names no images of val; add "val: FOLDER"'):
        edit(labels, file, val=None)
        CheckedCocoDataset(**settings, test_mode=True)
    with pytest.raises(UserError, match=r'ab\.yaml does not exist. Did you mean a.yaml'):
        CheckedCocoDataset(**{**settings, 'ann_file': 'ab.yaml'})


def test_labels_without_an_image_are_a_finding(labels, tmp_path):
    extra = labels / 'labels/val/9.txt'
    extra.touch()
    findings = [examine(file).findings for file in find_data(labels, ('train', 'val'))]
    extra.unlink()
    assert not findings[0] and [each.kind for each in findings[1]] == ['no image']


CONFIG = """
labels = {file!r}
train_dataloader['dataset'].update(ann_file=labels, data_root='')
val_dataloader['dataset'].update(ann_file=labels, data_root='')
"""


def test_a_config_that_names_a_data_yaml(run_job, run_tool, tmp_path, capsys):
    """Training, evaluation and checks; the metric gets the labels whatever file it names."""
    root = Path(toy_job.write_data(tmp_path / 'data'))
    coco_to_yolo(root / 'people.json', tmp_path / 'yolo', images=root / 'images')
    edit(tmp_path / 'yolo', file := tmp_path / 'yolo/data.yaml', val='images/train')
    metrics = {}
    for name, extra in (('coco', ''), ('yolo', CONFIG.format(file=str(file)))):
        config, work = toy_job.write_config(tmp_path / f'{name}.py', root, extra=extra), name
        assert run_job('train', config, '--work-dir', tmp_path / work) == 0
        out, last = tmp_path / f'{name}.json', tmp_path / work / 'epoch_2.pth'
        assert run_job('val', config, last, '--out', out, '--work-dir', tmp_path / work) == 0
        metrics[name] = json.loads(out.read_text())
    assert metrics['yolo'] == pytest.approx(metrics['coco']) and metrics['yolo']['coco/AP'] > 0
    # Labels that change are read again.
    (tmp_path / 'yolo/labels/train/1.txt').write_text('0 0.5 0.5')
    args = (config, '--work-dir', tmp_path / work, '--resume')
    assert run_job('train', *args, options=['train_cfg.max_epochs=3']) == 2
    assert '1.txt, line 1: 3 numbers, but' in capsys.readouterr().err
    (tmp_path / 'yolo/labels/train/1.txt').unlink()
    assert run_job('train', *args, options=['train_cfg.max_epochs=3']) == 0
    assert (tmp_path / work / 'epoch_3.pth').is_file()
    data = find_subject(str(config)).data
    assert [(each.path, each.split) for each in data] == [(file, 'train'), (file, 'val')]
    assert run_tool('check', config) == 0
    assert 'data.yaml, val: 4 images, 3 objects' in capsys.readouterr().out


def test_an_image_that_cannot_be_read_is_left_out(labels, tmp_path):
    root = shutil.copytree(labels, tmp_path / 'yolo')
    file = edit(root, root / 'data.yaml')
    whole = read_labels(file, 'train').content['images']
    (root / 'images/train' / whole[0]['file_name']).write_bytes(b'no image')
    content, _, notes = read_labels(file, 'train')
    assert [image['file_name'] for image in content['images']] == [
        image['file_name'] for image in whole[1:]
    ]
    assert len(notes) == 1 and whole[0]['file_name'] in notes[0]
    for image in whole:
        (root / 'images/train' / image['file_name']).write_bytes(b'no image')
    with pytest.raises(UserError, match='none of the images of train'):
        read_labels(file, 'train')
