"""Warm-up of the biases beside mmengine's schedulers; the end of mosaic."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import toy_job
from mmengine.optim import LinearLR, build_optim_wrapper
from mmengine.registry import DefaultScope
from mmpose.registry import HOOKS

from mmpose_lrfg import register  # noqa: F401
from mmpose_lrfg.datasets.checked_coco import CheckedCocoDataset
from mmpose_lrfg.engine.hooks import BiasWarmupHook
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


def test_mmdet_switches_to_single_images_for_the_last_epochs(tmp_path):
    """As docs/training.md shows it."""
    toy_job.write_data(tmp_path)
    mosaic = dict(type='MosaicAffine', input_size=(64, 64))
    with DefaultScope.overwrite_default_scope('mmpose'):
        dataset = CheckedCocoDataset(
            data_root=str(tmp_path),
            data_mode='bottomup',
            ann_file='people.json',
            data_prefix={'img': 'images/'},
            pipeline=[mosaic],
        )
        switched = [dict(mosaic, mosaic_prob=0, scale=(1, 1), shift=0)]
        hook = HOOKS.build(
            dict(type='mmdet.PipelineSwitchHook', switch_epoch=3, switch_pipeline=switched)
        )
        runner = job({})
        runner.train_dataloader = torch.utils.data.DataLoader(dataset, batch_size=None)
        for runner.epoch, expected in ((2, 1.0), (3, 0)):
            hook.before_train_epoch(runner)
            assert dataset.pipeline.transforms[0].mosaic_prob == expected
    assert len(dataset[0]['bbox']) == 1 and dataset[0]['img'].shape == (64, 64, 3)
