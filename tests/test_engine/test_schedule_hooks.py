"""Warm-up beside mmengine's schedulers; the end of mosaic."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import toy_job
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS, DefaultScope
from mmpose.registry import HOOKS, TRANSFORMS

from mmpose_lrfg import register  # noqa: F401
from mmpose_lrfg.datasets.checked_coco import CheckedCocoDataset
from mmpose_lrfg.engine.hooks import CloseMosaicHook, WarmupHook
from mmpose_lrfg.utils.errors import UserError

SGD = Path(__file__).parents[2] / 'configs' / '_base_' / 'schedules' / 'sgd_80e.py'


def job(paramwise):
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1), torch.nn.BatchNorm2d(4))
    optimizer = dict(type='SGD', lr=0.01, momentum=0.937, weight_decay=5e-4)
    wrapper = build_optim_wrapper(model, dict(optimizer=optimizer, paramwise_cfg=paramwise))
    return SimpleNamespace(
        model=model,
        optim_wrapper=wrapper,
        iter=0,
        train_dataloader=range(4),
        logger=SimpleNamespace(info=lambda text: None),
    )


def rates(runner):
    """Learning rate of each parameter, by name."""
    names = {id(p): name for name, p in runner.model.named_parameters()}
    return {
        names[id(p)]: group['lr']
        for group in runner.optim_wrapper.optimizer.param_groups
        for p in group['params']
    }


def test_rates_and_momentum_are_those_of_yolopose():
    """Its formula: interpolation over the warm-up, towards a cosine that moves by epoch."""
    epochs, length, warm = 8, 4, 2
    runner = job(dict(bias_decay_mult=0, norm_decay_mult=0))
    hook = WarmupHook(epochs=warm, bias_lr=0.1, momentum=0.8)
    hook.before_train(runner)
    scheduler = dict(Config.fromfile(SGD).param_scheduler[0], end=epochs)
    scheduler = PARAM_SCHEDULERS.build(scheduler, default_args=dict(optimizer=runner.optim_wrapper))
    for epoch in range(epochs):
        cosine = (1 - np.cos(epoch * np.pi / epochs)) / 2 * (0.2 - 1) + 1
        for runner.iter in range(epoch * length, (epoch + 1) * length):
            hook.before_train_iter(runner, 0)
            weights, biases, momentum = (
                np.interp(runner.iter, [0, warm * length], ends)
                for ends in ([0, 0.01 * cosine], [0.1, 0.01 * cosine], [0.8, 0.937])
            )
            used = rates(runner)
            assert used['0.weight'] == used['1.weight'] == pytest.approx(weights, rel=1e-6)
            assert used['0.bias'] == used['1.bias'] == pytest.approx(biases, rel=1e-6)
            for group in runner.optim_wrapper.optimizer.param_groups:
                assert group['momentum'] == pytest.approx(momentum)
            hook.after_train_iter(runner, 0)
        scheduler.step()


def test_without_groups_of_biases_it_says_so():
    with pytest.raises(UserError, match='no parameter groups that hold only biases'):
        WarmupHook().before_train(job({}))


@pytest.fixture
def mosaics(tmp_path):
    """A dataset of mosaics whose single pictures would have nothing random."""
    toy_job.write_data(tmp_path)
    mosaic = dict(type='MosaicAffine', input_size=(64, 64), flip_prob=0, hsv=None, shift=0)
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield CheckedCocoDataset(
            data_root=str(tmp_path),
            data_mode='bottomup',
            ann_file='people.json',
            data_prefix={'img': 'images/'},
            pipeline=[mosaic],
        )


def pictures(loader):
    return [sample['img'] for sample in loader]


@pytest.mark.parametrize('workers', [0, 1])
@pytest.mark.parametrize('first', [7, 9], ids=['running', 'resumed'])
def test_mosaic_is_closed_for_the_last_epochs(mosaics, workers, first):
    runner = job({})
    runner.max_epochs = 10
    runner.train_dataloader = loader = torch.utils.data.DataLoader(
        mosaics, batch_size=None, num_workers=workers, persistent_workers=workers > 0
    )
    hook = CloseMosaicHook(last_epochs=2, changes=dict(scale=(1.0, 1.0)))
    hook.before_train(runner)
    for runner.epoch in range(first, 10):
        hook.before_train_epoch(runner)
        seen = pictures(loader)
        # From the processes that load: without anything random all epochs are the same.
        if runner.epoch < 8:
            assert mosaics.pipeline.transforms[0].mosaic_prob == 1
        else:
            assert mosaics.pipeline.transforms[0].mosaic_prob == 0
            assert all(np.array_equal(a, b['img']) for a, b in zip(seen, mosaics))
    assert not np.array_equal(seen[0], seen[1])


def test_mosaics_among_others_are_closed(mosaics):
    """Those that RandomChoice draws from; the grid of people beside them stays what it is."""
    mosaic = dict(type='MosaicAffine', input_size=(64, 64))
    grid = dict(type='PeopleGrid', input_size=(64, 64))
    choice = TRANSFORMS.build(dict(type='RandomChoice', transforms=[[mosaic], [grid]]))
    mosaics.pipeline.transforms[:] = [choice]
    runner = job({})
    runner.epoch, runner.max_epochs = 9, 10
    runner.train_dataloader = torch.utils.data.DataLoader(mosaics, batch_size=None)
    hook = CloseMosaicHook(last_epochs=1)
    hook.before_train(runner)
    hook.before_train_epoch(runner)
    assert choice.transforms[0].transforms[0].mosaic_prob == 0


def test_closing_says_before_training_what_is_wrong(mosaics):
    runner = job({})
    runner.train_dataloader = torch.utils.data.DataLoader(mosaics, batch_size=None)
    with pytest.raises(UserError, match='no argument scael'):
        CloseMosaicHook(changes=dict(scael=1)).before_train(runner)
    mosaics.pipeline.transforms.clear()
    with pytest.raises(UserError, match='no MosaicAffine'):
        CloseMosaicHook().before_train(runner)


def test_mmdet_switches_to_single_images_for_the_last_epochs(mosaics):
    """As docs/training.md shows it."""
    mosaic = dict(type='MosaicAffine', input_size=(64, 64))
    switched = [dict(mosaic, mosaic_prob=0, scale=(1, 1), shift=0)]
    hook = HOOKS.build(
        dict(type='mmdet.PipelineSwitchHook', switch_epoch=3, switch_pipeline=switched)
    )
    runner = job({})
    runner.train_dataloader = torch.utils.data.DataLoader(mosaics, batch_size=None)
    for runner.epoch, expected in ((2, 1.0), (3, 0)):
        hook.before_train_epoch(runner)
        assert mosaics.pipeline.transforms[0].mosaic_prob == expected
    assert len(mosaics[0]['bbox']) == 1 and mosaics[0]['img'].shape == (64, 64, 3)
