"""Loading COCO-style data: errors are refused, incomplete annotations completed."""

import json
from pathlib import Path

import numpy as np
import pytest
import toy_job
from mmpose.datasets import CocoDataset

from mmpose_lrfg.utils.errors import UserError


def load(folder, spoil=lambda content: None, **kwargs):
    content = toy_job.annotations()
    spoil(content)
    return toy_job.open_data(toy_job.write_data(folder, content), **kwargs)


def without(*keys):
    def spoil(content):
        for person in content['annotations']:
            for key in keys:
                del person[key]

    return spoil


def change(part, index, **values):
    def spoil(content):
        content[part][index].update(values)

    return spoil


def test_clean_data_is_as_mmpose_loads_it(tmp_path):
    checked = load(tmp_path)
    plain = CocoDataset(
        data_root=str(tmp_path),
        data_mode='bottomup',
        ann_file='people.json',
        data_prefix={'img': 'images/'},
    )
    assert len(checked) == len(plain) == 4
    ours, theirs = checked.get_data_info(2), plain.get_data_info(2)
    assert ours.pop('annotated_shape') == (56, 64)
    assert ours.keys() == theirs.keys()
    for key, value in theirs.items():
        np.testing.assert_equal(ours[key], value)
    assert Path(checked.ann_file) == tmp_path / 'people.json'


def test_missing_fields_are_filled_in(tmp_path):
    dataset = load(
        tmp_path, without('area', 'num_keypoints', 'iscrowd', 'category_id'), test_mode=True
    )
    info = dataset.get_data_info(0)
    assert info['area'] == pytest.approx(0.53 * 50 * 45)
    # CocoMetric reads the file that the dataset names, so that one is complete.
    completed = Path(dataset.ann_file)
    person = json.loads(completed.read_text())['annotations'][0]
    assert person['area'] == pytest.approx(0.53 * 50 * 45)
    assert (person['num_keypoints'], person['iscrowd'], person['category_id']) == (17, 0, 1)
    del dataset
    assert not completed.exists(), 'the temporary file stays'


def test_null_is_missing(tmp_path):
    dataset = load(tmp_path, change('annotations', 0, keypoints=None, area=None, iscrowd=None))
    assert [dataset.get_data_info(i)['img_id'] for i in range(len(dataset))] == [2, 3, 4]


def test_id_0_is_renumbered_for_the_evaluation(tmp_path):
    dataset = load(tmp_path, change('annotations', 0, id=0), test_mode=True)
    people = json.loads(Path(dataset.ann_file).read_text())['annotations']
    assert sorted(person['id'] for person in people) == [2, 3, 4, 5]


def test_sizes_come_from_the_pictures(tmp_path):
    def spoil(content):
        for image in content['images']:
            del image['width'], image['height']

    assert load(tmp_path, spoil).get_data_info(0)['annotated_shape'] == (56, 64)


@pytest.mark.parametrize(
    ('spoil', 'message'),
    [
        (change('annotations', 1, keypoints=[1, 2, 2] * 13), r'1 annot.*tion 2 .*: 13 .* 17'),
        (change('annotations', 1, category_id=7), r'tion 2 .*: 7, listed: \[1\]'),
        (change('annotations', 1, id=1), 'repeated id: 2 annotations, e.g. annotation 1 '),
        (change('annotations', 1, bbox=[1, 2, 3]), r'tion 2 .*bbox \[1, 2, 3\]'),
        (change('annotations', 1, bbox=[1, 2, -3, 4]), r'tion 2 .*bbox \[1, 2, -3, 4\]'),
        (change('annotations', 1, keypoints=[1, 2, 7] * 17), 'visibility.*tion 2 .*: 7'),
        (change('images', 1, id=1), 'repeated id: 2 images, e.g. 1.png'),
        (without('keypoints'), 'no annotated object among 4 annotations'),
        (lambda c: c.update(annotations=[]), 'no annotated object'),
    ],
)
def test_wrong_annotations(tmp_path, spoil, message):
    with pytest.raises(UserError, match=message):
        load(tmp_path, spoil)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('{\n "images": [{},}', 'not JSON: .* line 2 column 16'),
        ('{"images": [{"id": NaN}]}', r'not JSON: .*\(byte 19\)'),
        ('{"images": [{"file_name": "1.png"}], "annotations": []}', r'images\[0\]: missing id'),
        ('{"images": [{"id": "1"}], "annotations": []}', r'images\[0\].id: expected int.* got str'),
        ('{"a":' * 5000, 'nested too deep'),
    ],
)
def test_wrong_files(tmp_path, text, message):
    toy_job.write_data(tmp_path)
    (tmp_path / 'people.json').write_text(text)
    with pytest.raises(UserError, match=message):
        toy_job.open_data(tmp_path)


def test_missing_files_name_the_nearest(tmp_path):
    toy_job.write_data(tmp_path)
    with pytest.raises(UserError, match=r'file .*peple.json.* Did you mean people.json'):
        toy_job.open_data(tmp_path, ann_file='peple.json')
    with pytest.raises(UserError, match=r'image folder .*imags.* Did you mean images'):
        toy_job.open_data(tmp_path, data_prefix={'img': 'imags'})
    with pytest.raises(UserError, match=r'data folder .*people.json.*images'):
        toy_job.open_data(tmp_path / 'nowhere')
    # A folder that exists but is the wrong one.
    with pytest.raises(UserError, match=r'none of the first 4 images .* e\.g\. .*1\.png'):
        toy_job.open_data(tmp_path, data_prefix={'img': ''})
