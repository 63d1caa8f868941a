"""Resuming a training: which checkpoint, and the states of the random generators."""

import random
import sys
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config

from mmpose_lrfg.checkpoints.loading import (
    find_checkpoint,
    numbered_checkpoints,
    read_checkpoint,
)
from mmpose_lrfg.utils.errors import UserError


def choose_start(cfg: Config) -> None:
    """Set ``load_from`` and ``resume`` to the checkpoint that the training starts from, in place.

    With ``resume='auto'`` or without ``load_from`` that is the newest one of the work directory,
    and where there is none, the training starts as without ``resume``.

    Raises:
        UserError: If that checkpoint cannot be read or, to resume, is not one of a training.
    """
    resume = cfg.get('resume')
    if resume and (resume == 'auto' or not cfg.get('load_from')):
        found = find_resumable(cfg.work_dir)
        cfg.resume = found is not None
        if found:
            cfg.load_from = str(found)
            return
        start = cfg.get('load_from') or 'random weights'
        print(f'nothing to resume in {cfg.work_dir}: starting from {start}', file=sys.stderr)
    if cfg.get('load_from'):
        cfg.load_from = find_checkpoint(cfg.load_from)
        if cfg.get('resume'):
            checkpoint = read_checkpoint(cfg.load_from)
            lacks = [key for key in ('meta', 'optimizer', 'message_hub') if key not in checkpoint]
            meta = checkpoint.get('meta', {})
            lacks += [f'meta.{key}' for key in ('epoch', 'iter') if key not in meta]
            if lacks:
                raise not_resumable(cfg.load_from, f'holds no {" and no ".join(lacks)}')


def not_resumable(checkpoint: str, why: str) -> UserError:
    """Return the error of a checkpoint from which a training can start but not resume."""
    return UserError(
        f'checkpoint {checkpoint} {why}, so training cannot resume from it; start a new one from '
        f'its weights with --cfg-options load_from={checkpoint}'
    )


def find_resumable(work_dir: str | Path) -> Path | None:
    """Return the newest readable checkpoint of an interrupted training, None if there is none.

    A newer checkpoint that is damaged is a warning on stderr.

    Raises:
        UserError: If there are checkpoints but none is readable.
    """
    work_dir = Path(work_dir)
    candidates = numbered_checkpoints(work_dir)
    noted = work_dir / 'last_checkpoint'
    if noted.is_file():
        last = Path(noted.read_text().strip())
        # The folder may have been moved since.
        last = last if last.is_file() else work_dir / last.name
        if last.is_file():
            candidates = [last, *(c for c in candidates if c.resolve() != last.resolve())]
    damaged = []
    for candidate in candidates:
        try:
            checkpoint = read_checkpoint(candidate)
        except UserError as error:
            damaged.append(str(error))
            continue
        if 'optimizer' in checkpoint and 'meta' in checkpoint:
            for sentence in damaged:
                print(f'warning: {sentence}; resuming from {candidate}', file=sys.stderr)
            return candidate
    if damaged:
        raise UserError(f'no checkpoint in {work_dir} can be resumed from: {"; ".join(damaged)}')
    return None


def random_state() -> dict:
    """Return the states of Python's, NumPy's and torch's generators as tensors and numbers."""
    version, words, gauss = random.getstate()
    kind, keys, position, has_gauss, cached = np.random.get_state()
    state = {
        'python': (version, torch.tensor(words), gauss),
        'numpy': (kind, torch.from_numpy(keys.astype(np.int64)), position, has_gauss, cached),
        'torch': torch.get_rng_state(),
    }
    # Reading the state would initialise CUDA in a process that does not use it.
    if torch.cuda.is_initialized():
        state['cuda'] = torch.cuda.get_rng_state_all()
    return state


def set_random_state(state: dict) -> None:
    """Restore the states that :func:`random_state` returned; additional GPUs keep theirs."""
    version, words, gauss = state['python']
    random.setstate((version, tuple(words.tolist()), gauss))
    kind, keys, position, has_gauss, cached = state['numpy']
    np.random.set_state((kind, keys.numpy().astype(np.uint32), position, has_gauss, cached))
    torch.set_rng_state(state['torch'])
    if torch.cuda.is_available():
        for device, each in enumerate(state.get('cuda', ())[: torch.cuda.device_count()]):
            torch.cuda.set_rng_state(each, device)
