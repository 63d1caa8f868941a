"""Checkpoints that are complete, on disk and in content, so that a training resumes exactly."""

import contextlib
import copy
from collections.abc import Iterator
from pathlib import Path

from mmengine.dist import (
    all_gather_object,
    all_reduce_params,
    get_rank,
    get_world_size,
    is_main_process,
)
from mmengine.fileio import register_backend
from mmengine.fileio.backends import LocalBackend
from mmengine.fileio.io import backend_instances
from mmengine.hooks import CheckpointHook
from mmengine.model import is_model_wrapper
from mmpose.registry import HOOKS
from torch import nn

from mmpose_lrfg.engine.resume import random_state, set_random_state
from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.runtime.metadata import RECOMMENDED

STATES = 'random_states'
GRADIENTS = 'pending_gradients'


class AtomicFileBackend(LocalBackend):
    """The local file backend of mmengine, for checkpoints and results, with atomic writing."""

    def put(self, obj, filepath) -> None:
        """Write ``obj`` (bytes) to ``filepath``, or leave ``filepath`` as it was."""
        write_bytes(filepath, obj)

    def put_text(self, obj, filepath, encoding='utf-8') -> None:
        """Write ``obj`` (str) to ``filepath``, or leave ``filepath`` as it was."""
        write_bytes(filepath, obj.encode(encoding))


register_backend('local', AtomicFileBackend, force=True, prefixes='')
backend_instances.clear()  # mmengine may hold an instance of the class before


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """mmengine's ``CheckpointHook`` with atomic writing and exact resuming.

    A checkpoint is written under a temporary name and renamed, and an outdated one is removed
    only after its successor is on disk (mmengine removes it first, so that with
    ``max_keep_ckpts=1`` a full disk leaves none). This needs space for one more checkpoint.

    Checkpoints also contain the states of the random generators of all processes and, where
    gradients are accumulated beyond the end of an epoch, these gradients (of a single process).
    Both are restored when training resumes. Evaluation restores the states that it found.
    With a seed, on a CPU and without data loader processes, a resumed training therefore ends in
    the same weights, bit by bit.

    Buffers, such as running means of batch normalisation, are averaged over all processes before
    they are saved or evaluated, as mmengine's ``SyncBuffersHook`` does.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.resumed: dict = {}
        self.states_of_all: list[dict] = []
        self.state_before_val: dict = {}

    def before_train(self, runner) -> None:
        """Prepare, and remove what a killed process left half written."""
        super().before_train(runner)
        if is_main_process():
            for left in Path(self.out_dir).glob('.*-????????.pth'):
                left.unlink(missing_ok=True)

    def after_load_checkpoint(self, runner, checkpoint):
        """Keep what has to be restored before the first epoch."""
        if runner._resume:
            self.resumed = {name: checkpoint.get(name) for name in (STATES, GRADIENTS)}

    def before_train_epoch(self, runner):
        """Restore random states and gradients; no random number is drawn until the first sample."""
        resumed, self.resumed = self.resumed, {}
        states, gradients = resumed.get(STATES), resumed.get(GRADIENTS) or {}
        if states and len(states) == get_world_size():
            set_random_state(states[get_rank()])
        elif states:
            runner.logger.warning(
                f'the checkpoint has the random states of {len(states)} processes, but there are '
                f'{get_world_size()} now: the random numbers will differ'
            )
        for name, parameter in unwrapped(runner.model).named_parameters():
            if name in gradients:
                parameter.grad = gradients[name].to(parameter.device)

    def after_train_epoch(self, runner):
        """Average buffers, gather the random states of all processes, and save."""
        average_buffers(runner.model)
        if get_world_size() > 1:
            self.states_of_all = all_gather_object(random_state())
        super().after_train_epoch(runner)

    def before_save_checkpoint(self, runner, checkpoint):
        """Add random states, pending gradients and the last evaluation's score threshold."""
        thresholds = runner.message_hub.log_scalars.get(f'val/coco/{RECOMMENDED}')
        if thresholds and thresholds.current() > 0:
            checkpoint['meta'][RECOMMENDED] = float(thresholds.current())
        checkpoint[STATES] = self.states_of_all or [random_state()]
        if get_world_size() == 1 and not runner.optim_wrapper.should_update():
            checkpoint[GRADIENTS] = {
                name: parameter.grad.cpu()
                for name, parameter in unwrapped(runner.model).named_parameters()
                if parameter.grad is not None
            }

    def before_val_epoch(self, runner):
        """Average buffers, for loops without epochs, and keep the random states."""
        average_buffers(runner.model)
        self.state_before_val = random_state()

    def after_val_epoch(self, runner, metrics):
        """Restore the random states, and save the best checkpoint."""
        set_random_state(self.state_before_val)
        super().after_val_epoch(runner, metrics)

    def _save_checkpoint_with_step(self, runner, step, meta):
        with self._removing_last(runner):
            super()._save_checkpoint_with_step(runner, step, meta)

    def _save_best_checkpoint(self, runner, metrics):
        with self._removing_last(runner):
            super()._save_best_checkpoint(runner, metrics)

    @contextlib.contextmanager
    def _removing_last(self, runner) -> Iterator[None]:
        """Remove outdated checkpoints at the end of the block, if all new ones are on disk."""
        last = runner.message_hub.runtime_info.get('last_ckpt')
        direct, outdated = self.file_backend, []
        self.file_backend = copy.copy(direct)
        self.file_backend.remove = self.file_backend.rmtree = outdated.append
        try:
            yield
        except BaseException:
            # mmengine sets it before it writes.
            self.last_ckpt = last
            runner.message_hub.update_info('last_ckpt', last)
            raise
        finally:
            self.file_backend = direct
        best = getattr(self, 'best_ckpt_path_dict', {})
        written = {self.last_ckpt, getattr(self, 'best_ckpt_path', None), *best.values()}
        for path in outdated:
            if path not in written:
                remove = direct.rmtree if direct.isdir(path) else direct.remove
                remove(path)


def unwrapped(model: nn.Module) -> nn.Module:
    """Return a model without its wrapper for several processes."""
    return model.module if is_model_wrapper(model) else model


def average_buffers(model: nn.Module) -> None:
    """Average the buffers over all processes."""
    if get_world_size() > 1:
        all_reduce_params(model.buffers(), op='mean')
