"""Train and test: from command-line arguments to mmengine's ``Runner`` and an exit code."""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator

import mmengine
import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from mmpose_lrfg.checkpoints.loading import check_fits, find_checkpoint
from mmpose_lrfg.engine.data import check_data, share_checked_annotations
from mmpose_lrfg.engine.merge import TestOptions, TrainOptions, merge_test, merge_train
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
OTHER_GROUPS = 'loaded state dict '
"""Start of PyTorch's error when an optimizer's state does not fit another optimizer."""


def train(args: TrainOptions) -> int:
    """Train.

    Args:
        args (TrainOptions): Or the parsed arguments of ``tools/train.py``.

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


def test(args: TestOptions) -> dict[str, float]:
    """Evaluate a checkpoint.

    Args:
        args (TestOptions): Or the parsed arguments of ``tools/test.py``.

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
                runner.register_hook(SaveMetricsHook(args.out), 'LOWEST')
            return runner.test()


class SaveMetricsHook(Hook):
    """Write the metrics of a test to a .json, .yaml or .pkl file."""

    def __init__(self, out: str):
        self.out = out

    def after_test_epoch(self, runner, metrics=None):
        """Write the metrics on the main process."""
        if metrics is not None and is_main_process():
            mmengine.mkdir_or_exist(os.path.dirname(self.out) or '.')  # noqa: PTH120
            mmengine.dump(metrics, self.out)


def prepare_cpu_processes(cfg: Config) -> None:
    """Join the process group over gloo if there is a launcher and no accelerator; in place.

    mmengine calls ``torch.cuda.set_device`` unless the group exists already, and wraps the model
    for a GPU unless the config has a ``model_wrapper_cfg``.

    Raises:
        UserError: If the launcher is not torchrun, or did not start this process.
    """
    if cfg.get('launcher', 'none') == 'none' or get_device() != 'cpu':
        return
    if cfg.launcher != 'pytorch':
        raise UserError(f'--launcher {cfg.launcher} needs GPUs, and PyTorch finds none')
    if 'RANK' not in os.environ:
        raise UserError('--launcher pytorch is for torchrun; start it by tools/dist_train.sh')
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group('gloo')
    cfg.model_wrapper_cfg = {
        'type': 'MMDistributedDataParallel',
        'broadcast_buffers': False,
        'find_unused_parameters': cfg.get('find_unused_parameters', False),
        **(cfg.get('model_wrapper_cfg') or {}),
        'device_ids': None,
    }


def _flush_denormals() -> None:
    """Treat numbers too small for a normal float as zero, before any thread is started.

    On a CPU, arithmetic with them is a hundred times slower: gradients that vanish made single
    training steps ten times slower.
    """
    torch.set_flush_denormal(True)


def _require(cfg: Config, name: str, *keys: str) -> None:
    # test_cfg = dict() is empty but sufficient.
    missing = [k for k in keys if not cfg.get(k) and not (k.endswith('_cfg') and k in cfg)]
    if missing:
        raise UserError(
            f'config {name} has no {" and no ".join(missing)}; is it only a base of others?'
        )


def _build(cfg: Config) -> Runner:
    prepare_cpu_processes(cfg)
    # mmengine accepts None only for its own default hooks; other hooks are switched off likewise.
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
    """Write the reason of a failure to the log file, and close hooks that use the terminal."""
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
