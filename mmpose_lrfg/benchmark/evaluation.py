"""Evaluation of a checkpoint inside a benchmark, by MMPose's own runner."""

from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.runner import Runner

import mmpose_lrfg.register  # noqa: F401
from mmpose_lrfg.checkpoints.loading import check_fits
from mmpose_lrfg.engine.data_check import check_data, share_checked_annotations
from mmpose_lrfg.utils.config_errors import explained
from mmpose_lrfg.utils.config_values import check_values

TRAINING_KEYS = ('optim_wrapper', 'param_scheduler', 'auto_scale_lr', 'custom_hooks')


def drop_training(cfg: Config) -> None:
    """Remove what a test does not need; a checkpoint's weights are the averaged ones already."""
    for name in TRAINING_KEYS:
        cfg.pop(name, None)
    for part in ('dataloader', 'evaluator', 'cfg'):
        for split in ('train', 'val'):
            cfg.pop(f'{split}_{part}', None)


def evaluate_checkpoint(
    cfg: Config, checkpoint: str, work_dir: str | Path, name: str
) -> dict[str, float]:
    """Evaluate a checkpoint.

    Args:
        cfg (Config): Config with test data; changed in place.
        checkpoint (str): A file.
        work_dir (str | Path): For logs.
        name (str): Unique name of the run, because mmengine shares loggers by name.

    Returns:
        dict[str, float]: COCO's metrics by name, such as ``'AP .5'``.

    Raises:
        UserError: About config, data or checkpoint.
    """
    drop_training(cfg)
    cfg.update(work_dir=str(work_dir), experiment_name=name, log_level='ERROR', resume=False)
    cfg.update(load_from=checkpoint, launcher='none', default_hooks={})
    torch.set_flush_denormal(True)
    with explained():
        check_values(cfg)
        check_data(cfg, ('test',))
        share_checked_annotations(cfg, ('test',))
        runner = Runner.from_cfg(cfg)
        check_fits(checkpoint, runner.model)
        metrics = runner.test()
    return {key.removeprefix('coco/'): float(value) for key, value in metrics.items()}
