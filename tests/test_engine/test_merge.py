"""Command-line arguments in a config."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import MMLogger
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS, DefaultScope
from mmengine.runner import Runner

from mmpose_lrfg import register  # noqa: F401
from mmpose_lrfg.engine.merge import TrainOptions, merge_train
from mmpose_lrfg.utils.config_files import load_config

EIGHT_GPUS = {'train_dataloader.batch_size': 8, 'optim_wrapper.accumulative_counts': 1}
COSINE = dict(type='CosineAnnealingLR', eta_min=0.002)  # as MMPose's configs write it


@pytest.mark.parametrize(
    ('config', 'gpus', 'changes', 'images'),
    [
        ('lrfg-s6_1xb32-80e_coco-640', 1, {}, 64),
        ('lrfg-s6_1xb16-80e_coco-960', 8, EIGHT_GPUS, 64),
        ('lrfg-s6_1xb32-80e_coco-640', 1, {'train_dataloader.batch_size': 8}, 16),
        ('lrfg-s6_1xb32-80e_coco-640', 4, {}, 256),
        ('lrfg-s6_1xb32-80e_coco-640', 4, {'param_scheduler': [COSINE]}, 256),
    ],
)
def test_the_rate_follows_the_images_of_a_step(config, gpus, changes, images):
    """First and last rate with ``--auto-scale-lr``, as mmengine's runner sets them."""
    cfg = load_config(config)
    cfg.merge_from_dict(changes)
    merge_train(cfg, TrainOptions(config, auto_scale_lr=True))
    with DefaultScope.overwrite_default_scope('mmpose'):
        wrapper = build_optim_wrapper(torch.nn.Conv2d(3, 4, 1), cfg.optim_wrapper)
        logger = MMLogger.get_current_instance()
        runner = dict(_train_dataloader=cfg.train_dataloader, world_size=gpus, logger=logger)
        runner = SimpleNamespace(**runner, param_schedulers=None)
        Runner.scale_lr(runner, wrapper, cfg.auto_scale_lr)
        schedule = dict(cfg.param_scheduler[0], T_max=4)
        schedule = PARAM_SCHEDULERS.build(schedule, default_args=dict(optimizer=wrapper))
    assert wrapper.get_lr()['lr'][0] == pytest.approx(0.01 * images / 64)
    for _ in range(4):
        schedule.step()
    assert wrapper.get_lr()['lr'][0] == pytest.approx(0.002 * images / 64)
