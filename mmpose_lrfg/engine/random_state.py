"""The state of all random generators, as plain data that a checkpoint may hold."""

import random

import numpy as np
import torch


def random_state() -> dict:
    """States of Python's, NumPy's and torch's generators: tensors and numbers only."""
    version, words, gauss = random.getstate()
    kind, keys, position, has_gauss, cached = np.random.get_state()
    state = {
        'python': (version, torch.tensor(words), gauss),
        'numpy': (kind, torch.from_numpy(keys.astype(np.int64)), position, has_gauss, cached),
        'torch': torch.get_rng_state(),
    }
    # Asking would start CUDA in a process that does not use it.
    if torch.cuda.is_initialized():
        state['cuda'] = torch.cuda.get_rng_state_all()
    return state


def set_random_state(state: dict) -> None:
    """Put all generators where they were when :func:`random_state` gave ``state``.

    GPUs beyond those that were there then keep their state.
    """
    version, words, gauss = state['python']
    random.setstate((version, tuple(words.tolist()), gauss))
    kind, keys, position, has_gauss, cached = state['numpy']
    np.random.set_state((kind, keys.numpy().astype(np.uint32), position, has_gauss, cached))
    torch.set_rng_state(state['torch'])
    if torch.cuda.is_available():
        for device, each in enumerate(state.get('cuda', ())[: torch.cuda.device_count()]):
            torch.cuda.set_rng_state(each, device)
