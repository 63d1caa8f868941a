"""The image cache: bounded, shared between processes, never stale."""

import logging
import multiprocessing
import os
import pickle
import time
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import toy_job
from mmengine.registry import DefaultScope
from mmpose.registry import TRANSFORMS
from torch.utils.data import DataLoader

from mmpose_lrfg.datasets import image_cache
from mmpose_lrfg.datasets.coco import CheckedCocoDataset
from mmpose_lrfg.datasets.image_cache import ImageCache, key_of, remove_unused
from mmpose_lrfg.datasets.transforms import cached_loading
from mmpose_lrfg.datasets.transforms.cached_loading import LoadCachedImage
from mmpose_lrfg.engine.hooks import ImageLoadingHook
from mmpose_lrfg.utils.errors import UserError

MEGA = 2**20


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Caches that would go to shared memory go here."""
    folder = tmp_path / 'memory'
    folder.mkdir()
    monkeypatch.setattr(image_cache, 'SHARED_MEMORY', str(folder))
    return folder


@pytest.fixture
def toy_data(tmp_path):
    return toy_job.write_data(tmp_path / 'data')


def dataset_of(folder, **kwargs):
    return CheckedCocoDataset(
        data_root=str(folder),
        data_mode='bottomup',
        ann_file='people.json',
        data_prefix={'img': 'images/'},
        pipeline=[LoadCachedImage(**{'long_side': 32, 'budget': '1M', **kwargs})],
    )


def picture(seed, height=20, width=30):
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


def test_returns_what_was_added(tmp_path):
    cache = ImageCache(tmp_path / 'c', MEGA)
    for n in range(1, 20):
        assert cache.get(f'{n}') is None
        assert cache.put(f'{n}', picture(n, 10 + n), (100, n))
    for reader in (cache, ImageCache(tmp_path / 'c', 1)):
        for n in range(1, 20):
            image, original = reader.get(f'{n}')
            np.testing.assert_array_equal(image, picture(n, 10 + n))
            assert original == (100, n)
            with pytest.raises(ValueError, match='read-only'):
                image[0] = 0
        assert reader.get('0') is None and reader.capacity == MEGA
    assert cache.count == 19 and cache.counted() == (38, 21)


def test_images_in_use_outlive_the_cache(tmp_path):
    cache = ImageCache(tmp_path / 'c', MEGA)
    cache.put('1', picture(1), (1, 1))
    image, _ = cache.get('1')
    cache.remove()
    assert not (tmp_path / 'c').exists()
    np.testing.assert_array_equal(image, picture(1))
    assert cache.get('1') is None and not cache.put('2', picture(2), (1, 1))


def test_never_exceeds_its_budget(tmp_path):
    cache = ImageCache(tmp_path / 'c', MEGA)
    accepted = [cache.put(f'{n}', picture(n, 100, 100), (1, 1)) for n in range(60)]
    assert accepted[0] and not accepted[-1]
    assert 30 <= sum(accepted) == cache.count < 40
    assert (tmp_path / 'c' / 'pixels').stat().st_size == MEGA
    assert cache.used <= cache.capacity == MEGA
    np.testing.assert_array_equal(cache.get('0')[0], picture(0, 100, 100))
    assert not cache.put('0', picture(0), (1, 1)), 'added twice'


def test_a_full_disk_only_ends_the_adding(tmp_path, monkeypatch):
    cache = ImageCache(tmp_path / 'c', MEGA)
    assert cache.put('1', picture(1), (1, 1))

    def full(*_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'pwrite', full)
    monkeypatch.setattr(os, 'write', full)
    assert not cache.put('2', picture(2), (1, 1)) and cache.get('1') is not None
    monkeypatch.undo()
    assert cache.get('2') is None and cache.count == 1
    assert not cache.put('2', picture(2), (1, 1))


def test_key_changes_with_the_file(tmp_path):
    path = tmp_path / 'x.png'
    path.write_bytes(b'one')
    keys = {key_of(path, 640), key_of(path, 320)}
    path.write_bytes(b'longer')
    keys.add(key_of(path, 640))
    os.utime(path, ns=(1, 1))
    keys.add(key_of(path, 640))
    assert len(keys) == 4 and key_of(path, 640) in keys
    assert key_of(tmp_path / 'none.png', 640) is None


def test_loads_shrinks_and_scales_the_people(toy_data):
    dataset = dataset_of(toy_data)
    plain = dataset.get_data_info(1)
    for times in range(3):
        loaded = dataset[1]
        assert loaded['img'].shape == (28, 32, 3) and loaded['img_shape'] == (28, 32)
        assert loaded['ori_shape'] == (56, 64)
        expected = cv2.resize(cv2.imread(plain['img_path']), (32, 28), interpolation=cv2.INTER_AREA)
        np.testing.assert_array_equal(loaded['img'], expected)
        np.testing.assert_allclose(loaded['keypoints'], plain['keypoints'] / 2 - 0.25, atol=1e-5)
        np.testing.assert_allclose(loaded['bbox'], plain['bbox'] / 2 - 0.25, atol=1e-5)
        np.testing.assert_allclose(loaded['area'], plain['area'] / 4)
        assert loaded['keypoints'].dtype == np.float32
        loaded['img'][:] = 0  # a copy: the cache does not change
        assert dataset.pipeline.transforms[0].cache.counted() == (times, 1)


def test_small_images_and_no_limit_keep_their_size(toy_data):
    for kwargs in (dict(long_side=100), dict(long_side=None), dict(long_side=64, budget=0)):
        loaded = dataset_of(toy_data, **kwargs)[0]
        assert loaded['img'].shape == (56, 64, 3) and loaded['keypoints'][0, 0, 0] == 10


def test_a_changed_file_is_read_again(toy_data):
    dataset = dataset_of(toy_data, long_side=None)
    path = toy_data / 'images' / '1.png'
    before = dataset[0]['img']
    time.sleep(0.01)
    cv2.imwrite(str(path), 255 - before)
    np.testing.assert_array_equal(dataset[0]['img'], 255 - before)


def test_unreadable_images_are_replaced(toy_data, monkeypatch):
    (toy_data / 'images' / '2.png').write_bytes(b'nothing')
    dataset = dataset_of(toy_data)
    for _ in range(3):
        assert dataset[1]['img_id'] in (1, 3, 4)


@pytest.mark.parametrize('method', ['fork', 'spawn'])
def test_processes_share_one_copy_and_the_hook_counts(toy_data, here, method, caplog):
    import mmpose_lrfg.register  # noqa: F401

    dataset = dataset_of(toy_data)
    loader = DataLoader(
        dataset,
        batch_size=None,
        num_workers=2 if method == 'fork' else 1,
        multiprocessing_context=multiprocessing.get_context(method),
    )
    scalars = {}
    job = SimpleNamespace(
        train_dataloader=loader,
        logger=logging.getLogger('cache'),
        message_hub=SimpleNamespace(update_scalar=scalars.__setitem__),
    )
    hook = ImageLoadingHook()
    with caplog.at_level(logging.INFO, 'cache'):
        hook.before_train(job)
        for expected in ((0, 4), (4, 4)):
            hook.before_train_epoch(job)
            assert len([sample['img'] for sample in loader]) == 4
            hook.after_train_epoch(job)
            assert hook.caches[0].counted() == expected
    assert scalars['train/image_cache_hits'] == 1
    assert '100.0% of 4 images were in it; it holds 4 images' in caplog.text
    assert len(list(here.iterdir())) == 1
    hook.caches[0].remove()
    assert not list(here.iterdir())


def test_two_branches_of_a_pipeline_share_a_cache(toy_data):
    load = dict(type='LoadCachedImage', long_side=64, budget=MEGA)
    branches = dict(type='RandomChoice', transforms=[[load], [dict(load)]])
    dataset = dataset_of(toy_data)
    with DefaultScope.overwrite_default_scope('mmpose'):
        dataset.pipeline.transforms[:] = [TRANSFORMS.build(branches)]
    job = SimpleNamespace(
        train_dataloader=SimpleNamespace(dataset=dataset), logger=logging.getLogger('cache')
    )
    hook = ImageLoadingHook()
    hook.before_train(job)
    assert len(hook.caches) == 1
    hook.caches[0].remove()


def test_caches_of_killed_processes_are_removed_those_in_use_are_not(here):
    for name in ('p-old', 'p-used', 'other'):
        (here / name).mkdir()
        (here / name / 'lock').touch()
    used = ImageCache(here / 'p-used', MEGA)
    remove_unused(here, 'p-', but=here / 'p-new')
    assert sorted(p.name for p in here.iterdir()) == ['other', 'p-used']
    assert used.put('1', picture(1), (1, 1))


def test_a_disk_cache_outlives_the_training(toy_data, tmp_path, here):
    folder = tmp_path / 'disk'
    dataset_of(toy_data, directory=str(folder))[0]
    again = dataset_of(toy_data, directory=str(folder))
    again[0]
    assert again.pipeline.transforms[0].cache.counted() == (1, 1)
    assert not list(here.iterdir())


def test_pickled_transforms_open_the_cache_themselves(toy_data):
    dataset = dataset_of(toy_data)
    dataset[0]
    transform = pickle.loads(pickle.dumps(dataset.pipeline.transforms[0]))
    assert transform.cache is None
    assert transform.open(dataset.ann_file).count == 1


def test_late_processes_find_the_cache_though_room_is_short_now(toy_data, here, monkeypatch):
    first = dataset_of(toy_data)
    first[0]
    monkeypatch.setattr(image_cache, '_room', lambda place: 0 if place == here else MEGA)
    late = dataset_of(toy_data)
    late[0]
    assert late.pipeline.transforms[0].cache.counted() == (1, 1)


def test_without_room_for_a_cache_images_are_decoded(toy_data, monkeypatch):
    def no_room(*_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(cached_loading, 'ImageCache', no_room)
    assert dataset_of(toy_data)[0]['img'].shape == (28, 32, 3)


def test_budgets(monkeypatch, here):
    assert image_cache.parse_budget('1.5G') == 1.5 * 2**30
    assert image_cache.parse_budget('512 MB') == 512 * MEGA
    assert image_cache.parse_budget('10k') == 10240 and image_cache.parse_budget(7) == 7
    assert image_cache.parse_budget('auto') is None
    for wrong in ('much', '-3G', -1, '3X'):
        with pytest.raises(UserError, match='budget of'):
            LoadCachedImage(budget=wrong)
    monkeypatch.setattr(image_cache, 'free_memory', lambda: 8 * MEGA)
    assert image_cache.place_and_bytes('auto', None) == (here, 4 * MEGA)
    monkeypatch.setattr(image_cache, '_room', lambda place: MEGA if place == here else 3 * MEGA)
    place, size = image_cache.place_and_bytes('auto', None)
    assert place != here and size == 3 * MEGA, 'small shared memory, as in containers'
    assert image_cache.free_memory() > 0
