"""The image cache: bounded, shared between processes, never stale."""

import logging
import os
import pickle
from types import SimpleNamespace
from unittest.mock import Mock

import cv2
import numpy as np
import pytest
import toy_job
from torch.utils.data import DataLoader

from mmpose_lrfg.datasets import image_cache
from mmpose_lrfg.datasets.image_cache import ImageCache, key_of, parse_budget
from mmpose_lrfg.datasets.transforms.cached_loading import LoadCachedImage
from mmpose_lrfg.engine.hooks import ImageLoadingHook
from mmpose_lrfg.utils.errors import UserError


@pytest.fixture(autouse=True)
def memory(tmp_path, monkeypatch):
    """Folder in place of the shared memory."""
    folder = tmp_path / 'memory'
    folder.mkdir()
    monkeypatch.setattr(image_cache, 'SHARED_MEMORY', str(folder))
    return folder


@pytest.fixture
def data(tmp_path):
    return toy_job.write_data(tmp_path / 'data')


def dataset_of(folder, **kwargs):
    load = LoadCachedImage(**{'long_side': 32, 'budget': '1M', **kwargs})
    return toy_job.open_data(folder, pipeline=[load])


def picture(seed, height=20, width=30):
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


def test_returns_what_was_added_within_its_budget(tmp_path):
    cache = ImageCache(tmp_path / 'c', 10_000)
    reader = ImageCache(tmp_path / 'c', 10_000)
    assert [cache.put(f'{n}', picture(n), (100, n)) for n in range(7)] == 5 * [True] + 2 * [False]
    assert not reader.put('9', picture(9), (1, 1)) and not reader.put('0', picture(0), (1, 1))
    for n in range(5):
        image, original = reader.get(f'{n}')
        np.testing.assert_array_equal(image, picture(n))
        assert original == (100, n)
    assert cache.get('5') is None and reader.size() == (5, 5 * 1816)
    (tmp_path / 'c' / '1').write_bytes(b'cut off by a crash')
    assert cache.get('1') is None
    cache.remove()
    assert not cache.put('8', picture(8), (1, 1)) and not (tmp_path / 'c').exists()


def test_a_full_disk_ends_the_adding(tmp_path, monkeypatch):
    cache = ImageCache(tmp_path / 'c', 10_000)
    assert cache.put('1', picture(1), (1, 1))
    with monkeypatch.context() as patch:
        patch.setattr(image_cache, 'write_bytes', Mock(side_effect=OSError(28, 'No space left')))
        assert not cache.put('2', picture(2), (1, 1))
    assert not cache.put('2', picture(2), (1, 1)) and cache.get('1') and cache.size()[0] == 1


@pytest.mark.parametrize('directory', [None, 'disk'])
def test_loads_shrinks_and_scales_the_people(data, memory, tmp_path, directory):
    directory = directory and str(tmp_path / directory)
    dataset = dataset_of(data, directory=directory)
    plain = dataset.get_data_info(1)
    expected = cv2.resize(cv2.imread(plain['img_path']), (32, 28), interpolation=cv2.INTER_AREA)
    for _ in range(3):
        loaded = dataset[1]
        assert loaded['img_shape'] == (28, 32) and loaded['ori_shape'] == (56, 64)
        np.testing.assert_array_equal(loaded['img'], expected)
        np.testing.assert_allclose(loaded['keypoints'], plain['keypoints'] / 2 - 0.25, atol=1e-5)
        np.testing.assert_allclose(loaded['bbox'], plain['bbox'] / 2 - 0.25, atol=1e-5)
        np.testing.assert_allclose(loaded['area'], plain['area'] / 4)
        assert loaded['keypoints'].dtype == np.float32
        loaded['img'][:] = 0  # the cache does not change
        assert dataset.pipeline.transforms[0].cache.size()[0] == 1
    again = pickle.loads(pickle.dumps(dataset_of(data, directory=directory).pipeline.transforms[0]))
    assert again.cache is None and again.open(dataset.ann_file).size()[0] == 1
    assert (directory is None) == bool(list(memory.iterdir()))


def test_changed_and_unreadable_files(data):
    dataset, path = dataset_of(data, long_side=None), data / 'images' / '1.png'
    before, keys = dataset[0]['img'], {key_of(path, 0), key_of(path, 640)}
    cv2.imwrite(str(path), 255 - before)
    np.testing.assert_array_equal(dataset[0]['img'], 255 - before)
    os.utime(path, ns=(1, 1))
    assert len(keys | {key_of(path, 0)}) == 3
    (data / 'images' / '2.png').write_bytes(b'nothing')
    assert {dataset[1]['img_id'] for _ in range(3)} <= {1, 3, 4}


@pytest.mark.parametrize('case', [dict(copy=False), dict(long_side=None), dict(budget=0), 'no'])
def test_images_that_are_not_shrunk_or_not_cached(data, memory, monkeypatch, case):
    if case == 'no':  # the folder cannot be written
        memory.rmdir()
        memory.touch()
        monkeypatch.setattr(image_cache, 'memory_folder', lambda: memory)
        case = dict(long_side=64)
    loaded = dataset_of(data, **{'long_side': 64, **case})[0]
    assert loaded['img'].shape == (56, 64, 3) and loaded['keypoints'][0, 0, 0] == 10


@pytest.mark.parametrize('method', ['fork', 'spawn'])
def test_processes_share_a_cache_that_the_hook_reports(data, memory, method, caplog):
    dataset = dataset_of(data)
    # Both branches of a pipeline use the same cache.
    dataset.pipeline.transforms.append(LoadCachedImage(long_side=32, budget='1M'))
    loader = DataLoader(dataset, None, num_workers=2, multiprocessing_context=method)
    job = SimpleNamespace(train_dataloader=loader, logger=logging.getLogger('cache'))
    hook = ImageLoadingHook()
    with caplog.at_level(logging.INFO, 'cache'):
        hook.before_train(job)
        assert len(list(loader)) == 4
        hook.after_train_epoch(job)
    assert ': 0 images' in caplog.messages[0] and ': 4 images' in caplog.messages[1]
    assert len(hook.caches) == len(list(memory.iterdir())) == 1
    hook.caches[0].remove()
    assert not list(memory.iterdir())


def test_caches_of_killed_processes_are_removed(memory):
    for name in ('p-old', 'p-used', 'other'):
        (memory / name).mkdir()
        (memory / name / 'lock').touch()
    used = ImageCache(memory / 'p-used', 10_000)
    image_cache.remove_unused(memory, 'p-')
    assert sorted(p.name for p in memory.iterdir()) == ['other', 'p-used']
    assert used.put('1', picture(1), (1, 1))


def test_budgets(memory, monkeypatch):
    assert [parse_budget(b) for b in ('1.5G', '512 MB', '10k', 7, 'auto')] == [
        1.5 * 2**30, 2**29, 10240, 7, None,
    ]  # fmt: skip
    for wrong in ('much', '-3G', -1, '3X'):
        with pytest.raises(UserError, match=f'budget .*{wrong}'):
            LoadCachedImage(budget=wrong)
    assert image_cache.free_memory() > 0
    monkeypatch.setattr(image_cache, 'free_memory', lambda: 8000)
    assert LoadCachedImage().open('x').capacity == 4000
    assert image_cache.memory_folder() == memory
    monkeypatch.setattr(image_cache.shutil, 'disk_usage', lambda _: SimpleNamespace(total=2**26))
    assert image_cache.memory_folder() != memory
