"""The end of mosaic."""

import logging
from types import SimpleNamespace

import numpy as np
import pytest
import toy_job
from mmengine.registry import DefaultScope
from mmpose.registry import TRANSFORMS
from torch.utils.data import DataLoader

from mmpose_lrfg import register  # noqa: F401
from mmpose_lrfg.datasets.coco import CheckedCocoDataset
from mmpose_lrfg.engine.hooks import CloseMosaicHook
from mmpose_lrfg.utils.errors import UserError


@pytest.fixture
def mosaics(tmp_path):
    """A dataset of mosaics whose single images would have nothing random."""
    data = dict(data_root=str(toy_job.write_data(tmp_path)), ann_file='people.json')
    mosaic = dict(type='MosaicAffine', input_size=(64, 64), flip_prob=0, hsv=None, shift=0)
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield CheckedCocoDataset(
            **data, data_mode='bottomup', data_prefix={'img': 'images/'}, pipeline=[mosaic]
        )


def job(dataset, **more):
    return SimpleNamespace(
        logger=logging.getLogger('mosaic'),
        max_epochs=10,
        train_dataloader=DataLoader(dataset, batch_size=None, **more),
    )


@pytest.mark.parametrize('workers', [0, 1])
@pytest.mark.parametrize('first', [7, 9], ids=['running', 'resumed'])
def test_mosaic_is_closed_for_the_last_epochs(mosaics, workers, first):
    runner = job(mosaics, num_workers=workers, persistent_workers=workers > 0)
    hook = CloseMosaicHook(last_epochs=2, changes=dict(scale=(1.0, 1.0)))
    hook.before_train(runner)
    for runner.epoch in range(first, 10):
        hook.before_train_epoch(runner)
        seen = [sample['img'] for sample in runner.train_dataloader]
        assert mosaics.pipeline.transforms[0].mosaic_prob == (runner.epoch < 8)
    # From the processes that load: without anything random all epochs are the same.
    assert all(np.array_equal(a, b['img']) for a, b in zip(seen, mosaics))
    assert not np.array_equal(seen[0], seen[1])


def test_mosaics_among_others_are_closed(mosaics):
    mosaic = dict(type='MosaicAffine', input_size=(64, 64))
    grid = dict(type='PeopleGrid', input_size=(64, 64))
    choice = TRANSFORMS.build(dict(type='RandomChoice', transforms=[[mosaic], [grid]]))
    mosaics.pipeline.transforms[:] = [choice]
    runner, hook = job(mosaics), CloseMosaicHook(last_epochs=1)
    runner.epoch = 9
    hook.before_train(runner)
    hook.before_train_epoch(runner)
    assert choice.transforms[0].transforms[0].mosaic_prob == 0


def test_mistakes_are_found_before_training(mosaics):
    with pytest.raises(UserError, match='no argument scael'):
        CloseMosaicHook(changes=dict(scael=1)).before_train(job(mosaics))
    mosaics.pipeline.transforms.clear()
    with pytest.raises(UserError, match='no MosaicAffine'):
        CloseMosaicHook().before_train(job(mosaics))
