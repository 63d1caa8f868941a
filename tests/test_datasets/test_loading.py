"""Images that cannot be read: replaced in training, grey in evaluation, an error when strict."""

import numpy as np
import pytest
import toy_job
from mmengine.registry import DefaultScope

from mmpose_lrfg.datasets.checked_coco import CheckedCocoDataset
from mmpose_lrfg.datasets.transforms.loading import SKIPPED_LIST, LoadImageOrSkip, read_skipped
from mmpose_lrfg.utils.errors import UserError


def dataset_of(folder, pipeline, test_mode=False):
    return CheckedCocoDataset(
        data_root=str(folder),
        data_mode='bottomup',
        ann_file='people.json',
        data_prefix={'img': 'images/'},
        pipeline=pipeline,
        test_mode=test_mode,
    )


@pytest.fixture
def spoilt(tmp_path, monkeypatch):
    """A data folder of four images of which the second and fourth cannot be read."""
    toy_job.write_data(tmp_path)
    (tmp_path / 'images' / '2.png').write_bytes(b'no picture')
    (tmp_path / 'images' / '4.png').unlink()
    monkeypatch.setenv(SKIPPED_LIST, str(tmp_path / 'skipped.txt'))
    return tmp_path


def test_training_takes_another_sample(spoilt):
    dataset = dataset_of(spoilt, [LoadImageOrSkip()])
    loaded = dataset[1]
    assert loaded['img_id'] in (1, 3) and loaded['img'].shape == (56, 64, 3)
    assert loaded['img_path'].endswith(f'{loaded["img_id"]}.png'), 'labels of another image'
    reasons = {path[-5:]: reason for path, reason in read_skipped(spoilt / 'skipped.txt').items()}
    assert reasons['2.png'] == 'not an image that OpenCV can decode'


def test_evaluation_sees_grey(spoilt):
    dataset = dataset_of(spoilt, [LoadImageOrSkip()], test_mode=True)
    loaded = dataset[3]
    assert loaded['img_id'] == 4 and loaded['ori_shape'] == loaded['img_shape'] == (56, 64)
    assert loaded['img'].shape == (56, 64, 3) and np.unique(loaded['img']) == [114]
    assert 'there is no such file' in (spoilt / 'skipped.txt').read_text()


def test_mosaic_never_lacks_a_partner(spoilt):
    mosaic = {
        'type': 'Mosaic',
        'img_scale': (64, 64),
        'pre_transform': [{'type': 'LoadImageOrSkip'}],
    }
    with DefaultScope.overwrite_default_scope('mmpose'):
        dataset = dataset_of(spoilt, [{'type': 'LoadImageOrSkip'}, mosaic])
    for index in (0, 1, 2, 3) * 3:
        assert dataset[index]['img'].shape == (128, 128, 3)
    assert len(read_skipped(spoilt / 'skipped.txt')) == 2


def test_strict_stops(spoilt):
    with pytest.raises(UserError, match=r'2\.png cannot be read: not an image'):
        dataset_of(spoilt, [LoadImageOrSkip(strict=True)])[1]


def test_nothing_readable_is_an_error(spoilt):
    dataset = dataset_of(spoilt, [LoadImageOrSkip()])
    for image in (spoilt / 'images').iterdir():
        image.unlink()
    with pytest.raises(UserError, match='50 images in a row could not be read'):
        dataset[0]


def test_without_a_dataset_there_is_no_other_sample(tmp_path):
    with pytest.raises(UserError, match='there is no such file'):
        LoadImageOrSkip()({'img_path': str(tmp_path / 'none.png')})
