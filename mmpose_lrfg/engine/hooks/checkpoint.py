"""Checkpoints that are whole or not there: a full disk or a kill never costs the last good one."""

from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmpose.registry import HOOKS

import mmpose_lrfg.engine.file_backend  # noqa: F401  mmengine writes atomically


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
    """mmengine's hook, with two orders changed.

    A checkpoint is written under a temporary name and renamed (:mod:`..file_backend`), and an
    outdated one is removed only after its successor is on disk (mmengine removes first, so with
    ``max_keep_ckpts=1`` a full disk leaves nothing). This needs room for one checkpoint more.

    Args: those of :class:`mmengine.hooks.CheckpointHook`.
    """

    def before_train(self, runner) -> None:
        """Prepare, and remove what a killed process left half written."""
        super().before_train(runner)
        if is_main_process():
            for left in Path(self.out_dir).glob('.*-????????.pth'):
                left.unlink(missing_ok=True)

    def _save_checkpoint_with_step(self, runner, step, meta):
        self._saving_first(super()._save_checkpoint_with_step, runner, step, meta)

    def _save_best_checkpoint(self, runner, metrics):
        self._saving_first(super()._save_best_checkpoint, runner, metrics)

    def _saving_first(self, save, *args):
        direct = self.file_backend
        self.file_backend = deferred = _DeferredRemovals(direct)
        before = self._written()
        try:
            save(*args)
        except BaseException:
            self._say_last_written(args[0], before)
            raise
        finally:
            self.file_backend = direct
        deferred.flush(keep=self._written())

    def _written(self) -> set[str]:
        """Paths of the checkpoints that must stay."""
        several = getattr(self, 'best_ckpt_path_dict', None) or {}
        paths = [self.last_ckpt, getattr(self, 'best_ckpt_path', None), *several.values()]
        return {path for path in paths if path}

    def _say_last_written(self, runner, before):
        """mmengine notes the new name before it writes: put the one back that is on disk."""
        if self.last_ckpt in before:  # written earlier: only the best one was being saved
            return
        on_disk = [path for path in before if Path(path).is_file()]
        self.last_ckpt = max(on_disk, key=lambda p: Path(p).stat().st_mtime, default=None)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
