"""Load mmengine's checkpoints under ``weights_only=True``, the default since torch 2.6.

Beside tensors, such a checkpoint holds the history of logged scalars (``HistoryBuffer``, with NumPy
arrays) and the dataset's metadata (NumPy arrays and scalars). These types are allowed, under the
names that pickles of NumPy 1 and 2 have for them. Every other global is refused, and nothing runs.

``HistoryBuffer`` pickles its statistics methods, which protocol 2 writes as a call of
``builtins.getattr``. With the real ``getattr``, a crafted file could reach any module from allowed
objects. So :func:`history_method` replaces it, which returns these methods only.
"""

import functools
import importlib.util
import sys
from pickle import UnpicklingError

_METHODS = ('current', 'max', 'mean', 'min')
# Modules that import _load_checkpoint by its name.
_USERS = ('mmengine.runner.runner', 'mmengine._strategy.single_device')


def allow_before_loading(execute, module) -> None:
    """Let ``torch.load`` allow the types on its first call (an import hook).

    Programs that call it themselves need not import anything of mmengine before.
    """
    import torch

    execute(module)
    original = module.load
    allow_once = functools.cache(allow)

    @functools.wraps(original)
    def load(*args, **kwargs):
        allow_once()
        return original(*args, **kwargs)

    module.load = load
    if getattr(torch, 'load', None) is original:  # torch was imported earlier
        torch.load = load


def allow() -> None:
    """Allow the types of mmengine's checkpoints in ``torch.load``."""
    import torch

    # Versions before 2.6 do not accept pairs, and load without the check by default.
    release = tuple(int(part) for part in torch.__version__.split('.')[:2])
    if release >= (2, 6) and importlib.util.find_spec('mmengine') is not None:
        torch.serialization.add_safe_globals(safe_globals())


def safe_globals() -> list[tuple]:
    """Return the globals of an mmengine checkpoint as pairs (object, name in the pickle)."""
    import numpy as np
    from mmengine.logging import HistoryBuffer

    # A pickled array or number names one of these functions, whose module depends on the version.
    reconstruct, scalar = np.zeros(1).__reduce__()[0], np.float64(0).__reduce__()[0]
    pairs = [
        (HistoryBuffer, 'mmengine.logging.history_buffer.HistoryBuffer'),
        (history_method, 'builtins.getattr'),
        (bytes, 'builtins.bytes'),  # the data of an empty array
        (np.ndarray, 'numpy.ndarray'),
        (np.dtype, 'numpy.dtype'),
    ]
    for core in ('numpy.core', 'numpy._core'):
        pairs.append((reconstruct, f'{core}.multiarray._reconstruct'))
        pairs.append((scalar, f'{core}.multiarray.scalar'))
    # A dtype is rebuilt only if its own class is allowed too. Numbers alone: a crafted array of
    # objects could harm the interpreter.
    codes = np.typecodes['AllInteger'] + np.typecodes['AllFloat'] + '?'
    classes = {type(np.dtype(code)) for code in codes}
    return pairs + [(cls, f'{cls.__module__}.{cls.__qualname__}') for cls in classes]


def history_method(owner, name):
    """Return a statistics method of ``HistoryBuffer``: replaces ``getattr`` in a pickle.

    Raises:
        UnpicklingError: For any other owner or name.
    """
    from mmengine.logging import HistoryBuffer

    if owner is HistoryBuffer and name in _METHODS:
        return getattr(HistoryBuffer, name)
    raise UnpicklingError(f'the checkpoint asks for the attribute {name!r} of {owner!r}')


def load_safely(execute, module) -> None:
    """Repair ``mmengine.runner.checkpoint`` (an import hook): nothing in a checkpoint is executed.

    torch's ``load_url`` unpickles any object by default. And ``Runner.resume`` executes the text of
    the config that checkpoints of mmcv store under ``meta['config']``; that text is dropped.
    """
    execute(module)
    original = module._load_checkpoint
    if hasattr(original, '__wrapped__'):
        return
    module.load_url = functools.partial(module.load_url, weights_only=True)

    @functools.wraps(original)
    def _load_checkpoint(*args, **kwargs):
        checkpoint = original(*args, **kwargs)
        meta = checkpoint.get('meta') if isinstance(checkpoint, dict) else None
        if isinstance(meta, dict):
            meta.pop('config', None)
        return checkpoint

    for user in (module, *map(sys.modules.get, _USERS)):
        if getattr(user, '_load_checkpoint', None) is original:
            user._load_checkpoint = _load_checkpoint
