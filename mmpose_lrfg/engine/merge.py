"""Merges command-line arguments into a config, as MMPose's own tools do."""

from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.config import Config

from mmpose_lrfg.engine import recipe
from mmpose_lrfg.utils.config_options import merge_options
from mmpose_lrfg.utils.configs import dicts_in, set_img_size
from mmpose_lrfg.utils.errors import UserError, check_not_input

OUT_SUFFIXES = ('.json', '.yaml', '.yml', '.pkl', '.pickle')


@dataclass
class RunOptions:
    """What ``tools/train.py`` and ``tools/test.py`` have in common, by the names of the arguments.

    Their parsed arguments have the same attributes and can take the place of these classes.
    """

    config: str
    work_dir: str | None = None
    cfg_options: dict | None = None
    img_size: tuple[int, int] | None = None
    launcher: str = 'none'
    strict: bool = False
    show: bool = False
    show_dir: str | None = None
    interval: int = 1
    wait_time: float = 1


@dataclass
class TrainOptions(RunOptions):
    """Arguments of ``tools/train.py``; ``resume`` is a checkpoint, or 'auto' for the newest."""

    resume: str | None = None
    amp: bool = False
    no_validate: bool = False
    auto_scale_lr: bool = False


@dataclass
class TestOptions(RunOptions):
    """Arguments of ``tools/test.py``."""

    checkpoint: str = ''
    out: str | None = None
    dump: str | None = None
    data: str | None = None
    flip_test: bool = False
    batch_size: int | None = None
    workers: int | None = None


def merge_train(cfg: Config, args: TrainOptions) -> None:
    """Merge the arguments of ``tools/train.py``; changes ``cfg`` in place."""
    _merge_shared(cfg, args)
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    if args.amp:
        if not torch.cuda.is_available():
            raise UserError('--amp needs a GPU, and PyTorch finds none')
        kind = cfg.optim_wrapper.get('type', 'OptimWrapper')
        if kind not in ('OptimWrapper', 'AmpOptimWrapper'):
            raise UserError(f'--amp does not go with the optimizer wrapper {kind} of the config')
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    if args.auto_scale_lr:
        if 'auto_scale_lr' not in cfg:
            raise UserError(
                '--auto-scale-lr needs auto_scale_lr = dict(base_batch_size=...) in the config'
            )
        cfg.auto_scale_lr.enable = True
    if (cfg.get('auto_scale_lr') or {}).get('enable'):
        _scale_lr_by_images_per_step(cfg)
    if args.resume is not None:
        cfg.resume = args.resume if args.resume == 'auto' else True
        cfg.load_from = cfg.get('load_from') if args.resume == 'auto' else args.resume


def merge_test(cfg: Config, args: TestOptions) -> None:
    """Merge the arguments of ``tools/test.py``; changes ``cfg`` in place."""
    check_not_input([args.out, args.dump], [args.checkpoint, args.config])
    _merge_shared(cfg, args)
    cfg.load_from = args.checkpoint
    cfg.resume = False
    if args.data:
        recipe.set_test_data(cfg, args.data)
    if args.flip_test:
        cfg.model.test_cfg.flip_test = True
    if args.batch_size:
        cfg.test_dataloader.batch_size = args.batch_size
    if args.workers is not None:
        recipe.set_workers(cfg.test_dataloader, args.workers)
    if args.out and Path(args.out).suffix not in OUT_SUFFIXES:
        raise UserError(f'--out {args.out} must end in one of {", ".join(OUT_SUFFIXES)}')
    if args.dump is not None:
        evaluators = cfg.test_evaluator
        evaluators = evaluators if isinstance(evaluators, (list, tuple)) else [evaluators]
        cfg.test_evaluator = [*evaluators, {'type': 'DumpResults', 'out_file_path': args.dump}]


def _merge_shared(cfg: Config, args: RunOptions) -> None:
    """Merge the arguments that both tools have."""
    # Options may refine what the size set; the named arguments after them have the last word.
    if args.img_size:
        set_img_size(cfg, args.img_size)
    merge_options(cfg, args.cfg_options)
    cfg.launcher = args.launcher
    for split in ('train', 'val', 'test'):
        if (loader := cfg.get(f'{split}_dataloader')) and not torch.cuda.is_available():
            loader.pin_memory = False  # torch would warn
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = str(Path('work_dirs', Path(args.config).stem))
    if args.show or args.show_dir is not None:
        hook = (cfg.get('default_hooks') or {}).get('visualization')
        if hook is None:
            raise UserError(
                '--show and --show-dir need visualization='
                "dict(type='ReadableVisualizationHook') in default_hooks"
            )
        hook.update(enable=True, show=args.show, interval=args.interval, out_dir=args.show_dir)
        if args.show:
            hook.wait_time = args.wait_time
    if args.strict:
        for node in dicts_in(cfg):
            if node.get('type') in ('LoadImageOrSkip', 'LoadCachedImage'):
                node['strict'] = True
    # Configs of older MMPose style keep it apart.
    if 'preprocess_cfg' in cfg:
        cfg.model.setdefault('data_preprocessor', cfg.preprocess_cfg)


def _scale_lr_by_images_per_step(cfg: Config) -> None:
    """Make mmengine's scaling follow batch size x GPUs x accumulation, the last rate included.

    mmengine compares batch size x GPUs with ``base_batch_size``, and leaves ``eta_min`` as it is.
    """
    cfg.auto_scale_lr.base_batch_size /= cfg.optim_wrapper.get('accumulative_counts', 1)
    schedulers = cfg.get('param_scheduler') or []
    for scheduler in schedulers if isinstance(schedulers, list) else [schedulers]:
        if scheduler.get('eta_min'):
            scheduler.eta_min_ratio = scheduler.pop('eta_min') / cfg.optim_wrapper.optimizer.lr
