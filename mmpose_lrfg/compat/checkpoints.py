"""Loading mmengine's checkpoints under ``weights_only=True``, the default of torch since 2.6.

Beside tensors such a checkpoint holds the history of logged scalars (``HistoryBuffer``, on NumPy
arrays) and the dataset's meta information (NumPy arrays and scalars). Exactly these types are
allow-listed, under the names that pickles of NumPy 1 and 2 give them. The check itself stays on:
every other global in a file is refused as before, and nothing of it runs.

One case needs care. ``HistoryBuffer`` pickles its statistics methods, and pickle protocol 2 writes
a method as a call of ``builtins.getattr``. Allowing the real ``getattr`` would let a crafted file
walk from any allowed object to the interpreter's modules, so that name is answered by
:func:`history_method`, which hands out the methods of ``HistoryBuffer`` and nothing else.
"""

import functools
import importlib.util
import warnings
from pickle import UnpicklingError

from mmpose_lrfg.compat.stored_config import load_harmlessly
from mmpose_lrfg.utils.downloads import cached_checkpoint

_METHODS = ('current', 'max', 'mean', 'min')


def allow_before_loading(execute, module) -> None:
    """Import hook for ``torch.serialization``: allow-list the parts before the first load.

    Tools that call ``torch.load`` themselves need not import anything of mmengine before.
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


def load_safely(execute, module) -> None:
    """Import hook for ``mmengine.runner.checkpoint``: nothing in a checkpoint is executed."""
    execute(module)
    module.load_url = load_url
    load_harmlessly(module)


def load_url(url, model_dir=None, map_location=None, progress=True):
    """Stand for torch's function of this name, which unpickles any object.

    Args:
        url (str): Address of a checkpoint.
        model_dir (str, optional): Cache folder. Defaults to torch's.
        map_location: As in ``torch.load``.
        progress (bool): Without effect.

    Returns:
        dict: The checkpoint.
    """
    import torch

    path = cached_checkpoint(url, model_dir)
    return torch.load(path, map_location=map_location, weights_only=True)


def allow() -> None:
    """Allow-list what mmengine's checkpoints hold; does nothing for torch < 2.6."""
    import torch

    if importlib.util.find_spec('mmengine') is None:
        return

    # Older versions lack the function, or the pairs it takes, and load without the check anyway.
    if not hasattr(torch.serialization, 'add_safe_globals') or _torch_release(torch) < (2, 6):
        return
    torch.serialization.add_safe_globals(safe_globals())


def safe_globals() -> list[tuple]:
    """The globals of an mmengine checkpoint.

    Returns:
        list[tuple]: pairs (object, full name in the pickle), as ``add_safe_globals`` takes them.
    """
    import numpy as np
    from mmengine.logging import HistoryBuffer

    # Where the two functions live depends on NumPy's version; a pickled array names one of them.
    array, scalar = np.zeros(1), np.float64(0)
    reconstruct, rebuild_scalar = array.__reduce__()[0], scalar.__reduce__()[0]
    pairs = [
        (HistoryBuffer, 'mmengine.logging.history_buffer.HistoryBuffer'),
        (history_method, 'builtins.getattr'),
        (bytes, 'builtins.bytes'),  # the data of an empty array
        (np.ndarray, 'numpy.ndarray'),
        (np.dtype, 'numpy.dtype'),
    ]
    for core in ('numpy.core', 'numpy._core'):
        pairs.append((reconstruct, f'{core}.multiarray._reconstruct'))
        pairs.append((rebuild_scalar, f'{core}.multiarray.scalar'))
    # No pickle names these classes, but a dtype is rebuilt only if its own class is allowed.
    # Numbers alone: a crafted array of objects could harm the interpreter.
    codes = np.typecodes['AllInteger'] + np.typecodes['AllFloat'] + '?'
    classes = {type(np.dtype(code)) for code in codes}
    pairs += [(cls, f'{cls.__module__}.{cls.__qualname__}') for cls in classes]
    return pairs


def history_method(owner, name):
    """Stand for ``getattr`` in a pickle: ``HistoryBuffer``'s statistics methods, nothing else.

    Args:
        owner (type): must be ``mmengine.logging.HistoryBuffer``.
        name (str): must be one of its built-in statistics.

    Returns:
        Callable: the method.

    Raises:
        pickle.UnpicklingError: anything else was asked for.
    """
    from mmengine.logging import HistoryBuffer

    if owner is HistoryBuffer and name in _METHODS:
        return getattr(HistoryBuffer, name)
    raise UnpicklingError(f'the checkpoint asks for the attribute {name!r} of {owner!r}')


def _torch_release(torch) -> tuple[int, int]:
    try:
        major, minor = torch.__version__.split('.')[:2]
        return int(major), int(minor)
    except ValueError:
        warnings.warn(f'torch {torch.__version__} is taken for a recent one', stacklevel=2)
        return (2, 6)
