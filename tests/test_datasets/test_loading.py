"""Images that cannot be read: replaced in training, grey in evaluation, an error when strict."""

import numpy as np
import pytest
import toy_job
from mmengine.registry import DefaultScope

from mmpose_lrfg.datasets.transforms.loading import LoadImageOrSkip
from mmpose_lrfg.datasets.transforms.mosaic_affine import MosaicAffine
from mmpose_lrfg.datasets.transforms.packing import PackPlanes
from mmpose_lrfg.datasets.transforms.people_grid import PeopleGrid
from mmpose_lrfg.utils.errors import UserError


@pytest.fixture
def spoilt(tmp_path):
    """A data folder of four images of which the second and fourth cannot be read."""
    toy_job.write_data(tmp_path)
    (tmp_path / 'images' / '2.png').write_bytes(b'no picture')
    (tmp_path / 'images' / '4.png').unlink()
    return tmp_path


def test_training_takes_another_sample(spoilt):
    dataset = toy_job.open_data(spoilt, pipeline=[LoadImageOrSkip()])
    loaded = dataset[1]
    assert loaded['img_id'] in (1, 3) and loaded['img'].shape == (56, 64, 3)
    assert loaded['img_path'].endswith(f'{loaded["img_id"]}.png'), 'labels of another image'
    assert loaded['skipped_images'][0] == str(spoilt / 'images' / '2.png')
    assert 'skipped_images' not in dataset[0]


def test_evaluation_sees_grey(spoilt):
    dataset = toy_job.open_data(spoilt, pipeline=[LoadImageOrSkip()], test_mode=True)
    loaded = dataset[3]
    assert loaded['img_id'] == 4 and loaded['ori_shape'] == loaded['img_shape'] == (56, 64)
    assert loaded['img'].shape == (56, 64, 3) and np.unique(loaded['img']) == [114]
    assert loaded['skipped_images'] == [str(spoilt / 'images' / '4.png')]


@pytest.mark.parametrize(
    'transform',
    [LoadImageOrSkip(), MosaicAffine((64, 64)), PeopleGrid((64, 64), grids=(0, 1))],
    ids=lambda transform: type(transform).__name__,
)
def test_data_samples_carry_the_skipped_images(spoilt, transform):
    keys = ('img_path',)
    dataset = toy_job.open_data(spoilt, pipeline=[transform, PackPlanes(meta_keys=keys)])
    skipped = set()
    for index in (0, 1, 2, 3) * 3:
        sample = dataset[index]['data_samples']
        paths = sample.get('skipped_images', [])
        skipped.update(path[-5:] for path in paths)
        assert set(sample.metainfo) == {*keys, 'skipped_images'} if paths else {*keys}
    assert skipped == {'2.png', '4.png'}


def test_mosaic_never_lacks_a_partner(spoilt):
    mosaic = {
        'type': 'Mosaic',
        'img_scale': (64, 64),
        'pre_transform': [{'type': 'LoadImageOrSkip'}],
    }
    with DefaultScope.overwrite_default_scope('mmpose'):
        dataset = toy_job.open_data(spoilt, pipeline=[{'type': 'LoadImageOrSkip'}, mosaic])
    for index in (0, 1, 2, 3) * 3:
        assert dataset[index]['img'].shape == (128, 128, 3)


def test_strict_stops(spoilt):
    with pytest.raises(UserError, match=r'2\.png cannot be read: OpenCV cannot decode'):
        toy_job.open_data(spoilt, pipeline=[LoadImageOrSkip(strict=True)])[1]


def test_nothing_readable_is_an_error(spoilt):
    dataset = toy_job.open_data(spoilt, pipeline=[LoadImageOrSkip()])
    for image in (spoilt / 'images').iterdir():
        image.unlink()
    with pytest.raises(UserError, match='50 images in a row could not be read'):
        dataset[0]


def test_without_a_dataset_there_is_no_other_sample(tmp_path):
    with pytest.raises(UserError, match='there is no such file'):
        LoadImageOrSkip()({'img_path': str(tmp_path / 'none.png')})
