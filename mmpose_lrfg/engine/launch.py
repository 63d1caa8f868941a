"""Run a training or a test from parsed command-line arguments."""

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Iterator

import mmengine
import torch
from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

import mmpose_lrfg.engine.file_backend
import mmpose_lrfg.register  # noqa: F401  registers our classes, for MMPose's own configs too
from mmpose_lrfg.checkpoints.loading import check_fits, find_checkpoint
from mmpose_lrfg.engine.data_check import check_data, share_checked_annotations
from mmpose_lrfg.engine.distributed import prepare_cpu_processes
from mmpose_lrfg.engine.merge import merge_test, merge_train
from mmpose_lrfg.engine.resume import choose_start, not_resumable
from mmpose_lrfg.utils.config_errors import explained
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.config_values import check_values
from mmpose_lrfg.utils.errors import EXIT_INTERRUPTED, UserError, interruptible

MMENGINE_HOOKS = (
    'runtime_info',
    'timer',
    'sampler_seed',
    'logger',
    'param_scheduler',
    'checkpoint',
)
#: How PyTorch begins what it says when an optimizer's state is loaded into another one.
OTHER_GROUPS = 'loaded state dict '


def _flush_denormals() -> None:
    """Let numbers too small for a normal float be zero.

    On a CPU, arithmetic with them is a hundred times slower: gradients that fade away made single
    training steps ten times slower. Threads inherit it, so it comes before there are any.
    """
    torch.set_flush_denormal(True)


def train(args: argparse.Namespace) -> int:
    """Train.

    Args:
        args (Namespace): As ``tools/train.py`` parses them.

    Returns:
        int: Exit code, 0 or 130 after Ctrl-C or SIGTERM.

    Raises:
        UserError: About config, data or checkpoint; what was written stays.
    """
    _flush_denormals()
    cfg = load_config(args.config)
    with explained():
        _require(cfg, args.config, 'model', 'train_dataloader', 'train_cfg', 'optim_wrapper')
        merge_train(cfg, args)
        check_values(cfg)
        splits = ('train', 'val') if cfg.get('val_dataloader') else ('train',)
        check_data(cfg, splits)
        share_checked_annotations(cfg, splits)
        choose_start(cfg)
        runner = _build(cfg)
        with _closing(runner):
            if cfg.get('load_from'):
                partial = check_fits(cfg.load_from, runner.model, partial=not cfg.get('resume'))
                if partial:
                    runner.logger.warning(partial)
            try:
                with interruptible():
                    runner.train()
            except KeyboardInterrupt:
                return _interrupted(runner)
            except ValueError as error:
                if not str(error).startswith(OTHER_GROUPS):
                    raise
                why = 'holds an optimizer with other groups of parameters than the config'
                raise not_resumable(cfg.load_from, why) from error
    return 0


def test(args: argparse.Namespace) -> dict[str, float]:
    """Evaluate a checkpoint.

    Args:
        args (Namespace): As ``tools/test.py`` parses them.

    Returns:
        dict[str, float]: The metrics.

    Raises:
        UserError: About config, data or checkpoint.
    """
    _flush_denormals()
    cfg = load_config(args.config)
    with explained():
        _require(cfg, args.config, 'model', 'test_dataloader', 'test_cfg', 'test_evaluator')
        args.checkpoint = find_checkpoint(args.checkpoint)
        merge_test(cfg, args)
        check_values(cfg)
        check_data(cfg, ('test',))
        share_checked_annotations(cfg, ('test',))
        runner = _build(cfg)
        with _closing(runner):
            check_fits(cfg.load_from, runner.model)
            if args.out:
                runner.register_hook(SaveMetrics(args.out), 'LOWEST')
            return runner.test()


class SaveMetrics(Hook):
    """Write the metrics of a test to a .json, .yaml or .pkl file."""

    def __init__(self, out: str):
        self.out = out

    def after_test_epoch(self, runner, metrics=None):
        """Write, on the main process."""
        if metrics is not None and is_main_process():
            mmengine.mkdir_or_exist(os.path.dirname(self.out) or '.')  # noqa: PTH120
            mmengine.dump(metrics, self.out)


def _require(cfg: Config, name: str, *keys: str) -> None:
    missing = [key for key in keys if not cfg.get(key)]
    # test_cfg = dict() is empty and enough.
    missing = [key for key in missing if not (key.endswith('_cfg') and key in cfg)]
    if missing:
        raise UserError(
            f'config {name} has no {" and no ".join(missing)}; is it only a base of others?'
        )


def _build(cfg: Config) -> Runner:
    prepare_cpu_processes(cfg)
    # mmengine takes a None for its own default hooks alone; ours are switched off like them.
    for name in [name for name, hook in (cfg.get('default_hooks') or {}).items() if hook is None]:
        if name not in MMENGINE_HOOKS:
            del cfg.default_hooks[name]
    # A config may name a runner class of its own, as in mmengine's other tools.
    return RUNNERS.build(cfg) if 'runner_type' in cfg else Runner.from_cfg(cfg)


def _interrupted(runner: Runner) -> int:
    if is_main_process():
        last = runner.message_hub.runtime_info.get('last_ckpt')
        done = f'interrupted in epoch {runner.epoch + 1}, iteration {runner.iter + 1}'
        go_on = f'the last checkpoint is {last}; repeat the command with --resume to go on from it'
        print(f'{done}; {go_on if last else "no checkpoint was written yet"}', file=sys.stderr)
    return EXIT_INTERRUPTED


@contextlib.contextmanager
def _closing(runner: Runner) -> Iterator[None]:
    """Let hooks give the terminal back, and put the reason of an end in the log file."""
    try:
        yield
    except Exception as error:
        record = logging.LogRecord(
            'mmengine', logging.ERROR, __file__, 0, f'stopped: {error}', (), None
        )
        for handler in runner.logger.handlers:
            if isinstance(handler, logging.FileHandler):
                handler.emit(record)
        raise
    finally:
        for hook in runner.hooks:
            if hasattr(hook, 'close'):
                hook.close()
