"""Checkpoints that are complete, on disk and in content, so that a training resumes exactly."""

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

from mmpose_lrfg.engine.resume import random_state, set_random_state
from mmpose_lrfg.runtime.files import write_bytes

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


class _DeferredRemovals:
    """A file backend whose removals wait for :meth:`flush`; everything else passes through."""

    def __init__(self, backend):
        self._backend = backend
        self._pending = []

    def __getattr__(self, name):
        return getattr(self._backend, name)

    def remove(self, path):
        self._pending.append((self._backend.remove, path))

    def rmtree(self, path):
        self._pending.append((self._backend.rmtree, path))

    def flush(self, keep=()):
        for removal, path in self._pending:
            if path not in keep:
                removal(path)


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

    Args: those of :class:`mmengine.hooks.CheckpointHook`.
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
        for name, parameter in _model(runner).named_parameters():
            if name in gradients:
                parameter.grad = gradients[name].to(parameter.device)

    def after_train_epoch(self, runner):
        """Average buffers, gather the random states of all processes, and save."""
        _average_buffers(runner)
        if get_world_size() > 1:
            self.states_of_all = all_gather_object(random_state())
        super().after_train_epoch(runner)

    def before_save_checkpoint(self, runner, checkpoint):
        """Add random states and pending gradients to the checkpoint."""
        checkpoint[STATES] = self.states_of_all or [random_state()]
        if get_world_size() == 1 and not runner.optim_wrapper.should_update():
            checkpoint[GRADIENTS] = {
                name: parameter.grad.cpu()
                for name, parameter in _model(runner).named_parameters()
                if parameter.grad is not None
            }

    def before_val_epoch(self, runner):
        """Average buffers, for loops without epochs, and keep the random states."""
        _average_buffers(runner)
        self.state_before_val = random_state()

    def after_val_epoch(self, runner, metrics):
        """Restore the random states, and save the best checkpoint."""
        set_random_state(self.state_before_val)
        super().after_val_epoch(runner, metrics)

    def _save_checkpoint_with_step(self, runner, step, meta):
        self._save_first(super()._save_checkpoint_with_step, runner, step, meta)

    def _save_best_checkpoint(self, runner, metrics):
        self._save_first(super()._save_best_checkpoint, runner, metrics)

    def _save_first(self, save, *args):
        """Call ``save``, but remove outdated checkpoints only after it succeeded."""
        direct = self.file_backend
        self.file_backend = deferred = _DeferredRemovals(direct)
        before = self._written()
        try:
            save(*args)
        except BaseException:
            self._restore_last_checkpoint(args[0], before)
            raise
        finally:
            self.file_backend = direct
        deferred.flush(keep=self._written())

    def _written(self) -> set[str]:
        """Return the paths of the checkpoints that must stay."""
        best = getattr(self, 'best_ckpt_path_dict', None) or {}
        paths = [self.last_ckpt, getattr(self, 'best_ckpt_path', None), *best.values()]
        return {path for path in paths if path}

    def _restore_last_checkpoint(self, runner, before):
        """Restore ``last_ckpt``, which mmengine sets before it writes."""
        if self.last_ckpt in before:  # only the best checkpoint was being saved
            return
        on_disk = [path for path in before if Path(path).is_file()]
        self.last_ckpt = max(on_disk, key=lambda p: Path(p).stat().st_mtime, default=None)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)


def _model(runner):
    return runner.model.module if is_model_wrapper(runner.model) else runner.model


def _average_buffers(runner) -> None:
    if get_world_size() > 1:
        all_reduce_params(runner.model.buffers(), op='mean')
