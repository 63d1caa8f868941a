"""Warm-up of the biases beside mmengine's schedulers; the end of mosaic."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import toy_job
from mmengine.optim import LinearLR, build_optim_wrapper
from mmengine.registry import DefaultScope
from mmpose.registry import HOOKS, TRANSFORMS

from mmpose_lrfg import register  # noqa: F401
from mmpose_lrfg.datasets.checked_coco import CheckedCocoDataset
from mmpose_lrfg.engine.hooks import BiasWarmupHook, CloseMosaicHook
from mmpose_lrfg.errors import UserError


def job(paramwise):
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1), torch.nn.BatchNorm2d(4))
    optimizer = dict(type='SGD', lr=0.01, weight_decay=5e-4)
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


def test_biases_come_down_while_the_schedule_goes_up():
    runner = job(dict(bias_decay_mult=0, norm_decay_mult=0))
    hook = BiasWarmupHook(epochs=2, start_lr=0.1)
    hook.before_train(runner)
    schedule = LinearLR(runner.optim_wrapper, start_factor=0.1, by_epoch=False, end=9)
    used = []
    for runner.iter in range(12):
        hook.before_train_iter(runner, 0)
        used.append(rates(runner))
        hook.after_train_iter(runner, 0)
        schedule.step()
    weights = [step['0.weight'] for step in used]
    np.testing.assert_allclose(weights, [*np.linspace(0.001, 0.01, 9), 0.01, 0.01, 0.01])
    for name in ('0.bias', '1.bias'):
        biases = [step[name] for step in used]
        np.testing.assert_allclose(biases[:8], np.linspace(0.1, 0.01, 9)[:8])
        np.testing.assert_allclose(biases[8:], weights[8:], err_msg='the schedule was disturbed')
    assert [step['1.weight'] for step in used] == weights


def test_without_groups_of_biases_it_says_so():
    with pytest.raises(UserError, match='no parameter groups of biases'):
        BiasWarmupHook().before_train(job({}))


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
