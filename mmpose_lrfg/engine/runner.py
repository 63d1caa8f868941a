"""Train and test: from command-line arguments to mmengine's ``Runner`` and an exit code."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import mmengine
import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.dist import is_main_process
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from mmpose_lrfg.checkpoints.fine_tune import check_start
from mmpose_lrfg.checkpoints.loading import check_fits, find_checkpoint
from mmpose_lrfg.engine.data import check_data, share_checked_annotations
from mmpose_lrfg.engine.merge import TestOptions, TrainOptions, merge_test, merge_train
from mmpose_lrfg.engine.resume import choose_start, not_resumable
from mmpose_lrfg.utils.config_errors import explained
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.config_values import check_values
from mmpose_lrfg.utils.errors import EXIT_INTERRUPTED, UserError, interruptible

MMENGINE_HOOKS = (
    'runtime_info', 'timer', 'sampler_seed', 'logger', 'param_scheduler', 'checkpoint'
)  # fmt: skip


def train(args: TrainOptions) -> int:
    """Train.

    Args:
        args (TrainOptions): Or the parsed arguments of ``tools/train.py``.

    Returns:
        int: Exit code, 0 or 130 after Ctrl-C or SIGTERM.

    Raises:
        UserError: About config, data or checkpoint; what was written stays.
    """
    # Numbers too small for a normal float, as gradients that vanish, make steps ten times slower on
    # a CPU. Before any thread is started, which inherits this.
    torch.set_flush_denormal(True)
    cfg = load_config(args.config, 'model', 'train_dataloader', 'train_cfg', 'optim_wrapper')
    with explained():
        merge_train(cfg, args)
        _check(cfg, ('train', 'val') if cfg.get('val_dataloader') else ('train',))
        choose_start(cfg)
        with _built(cfg) as runner:
            if cfg.get('load_from'):
                if cfg.get('resume'):
                    check_fits(cfg.load_from, runner.model)
                elif partial := check_start(cfg.load_from, runner.model):
                    runner.logger.warning(partial)
            try:
                with interruptible():
                    runner.train()
            except KeyboardInterrupt:
                return _interrupted(runner)
            except ValueError as error:
                # PyTorch's error when an optimizer's state does not fit another optimizer.
                if not str(error).startswith('loaded state dict '):
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
    torch.set_flush_denormal(True)
    cfg = load_config(args.config, 'model', 'test_dataloader', 'test_cfg', 'test_evaluator')
    with explained():
        args.checkpoint = find_checkpoint(args.checkpoint)
        merge_test(cfg, args)
        _check(cfg, ('test',))
        with _built(cfg) as runner:
            check_fits(cfg.load_from, runner.model)
            metrics = runner.test()
            if args.out and is_main_process():
                mmengine.dump(metrics, args.out)
            return metrics


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


def _keep_config(cfg: Config) -> None:
    """Rename a config that lies in its work directory, where mmengine writes the resolved one."""
    path = Path(cfg.filename or '')
    if cfg.filename and path.resolve().parent == Path(cfg.work_dir).resolve():
        object.__setattr__(cfg, '_filename', str(path.with_name(f'resolved_{path.name}')))


def _check(cfg: Config, splits: tuple[str, ...]) -> None:
    check_values(cfg)
    check_data(cfg, splits)
    share_checked_annotations(cfg, splits)


@contextlib.contextmanager
def _built(cfg: Config) -> Iterator[Runner]:
    """Build the runner; at the end of the block, log a failure and close hooks."""
    prepare_cpu_processes(cfg)
    _keep_config(cfg)
    # mmengine accepts None only for its own default hooks; other hooks are switched off likewise.
    hooks = cfg.get('default_hooks') or {}
    for name in [name for name in hooks if hooks[name] is None and name not in MMENGINE_HOOKS]:
        del hooks[name]
    # A config may name a runner class of its own, as in mmengine's other tools.
    runner = RUNNERS.build(cfg) if 'runner_type' in cfg else Runner.from_cfg(cfg)
    try:
        yield runner
    except Exception as error:
        runner.logger.info(f'stopped: {error}')  # for the log file: the command prints it
        raise
    finally:
        for hook in runner.hooks:
            if hasattr(hook, 'close'):
                hook.close()


def _interrupted(runner: Runner) -> int:
    if is_main_process():
        last = runner.message_hub.runtime_info.get('last_ckpt')
        done = f'interrupted in epoch {runner.epoch + 1}, iteration {runner.iter + 1}'
        go_on = f'the last checkpoint is {last}; repeat the command with --resume to go on from it'
        print(f'{done}; {go_on if last else "no checkpoint was written yet"}', file=sys.stderr)
    return EXIT_INTERRUPTED
