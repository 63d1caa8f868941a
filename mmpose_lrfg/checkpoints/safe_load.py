"""Read what ``torch.save`` wrote without importing or calling anything that the file names.

A pickle is a program: Python's unpickler imports the classes and functions that it names, and calls
them. YOLO-Pose and YOLOv5 pickle whole networks, of classes that are not installed here. So
``torch.load`` gets an unpickler that looks up no name: every name becomes a :class:`Stub` class,
whose objects keep their state and which cannot be called. Only ``CALLS`` are answered, with tensors
and plain containers.
"""

import io
import math
import pickle
import warnings
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

from mmpose_lrfg.utils.errors import UserError

from .loading import read_checkpoint


class _RefusedError(Exception):
    """The pickle does what no checkpoint needs to do."""


class _StubType(type):
    """The class of stub classes: unpickling makes objects without a call of their class."""

    def __call__(cls, *args, **kwargs):
        if str(cls) not in RECORDED:
            raise _RefusedError(f'it calls {cls}')
        return cls.__new__(cls)

    def __str__(cls) -> str:
        return f'{cls.__module__}.{cls.__qualname__}'


class Stub(metaclass=_StubType):
    """An object whose class is not imported, with the stored state.

    Items of subclasses of list, dict and set are dropped.
    """

    state: Any = None

    def __new__(cls, *args, **kwargs):
        return super().__new__(cls)

    def extend(self, items):
        pass

    append = add = extend

    def __setitem__(self, key, value):
        pass


def _tensor(storage, offset: int, shape: tuple, stride: tuple, *_) -> Tensor:
    """Stand for ``torch._utils._rebuild_tensor``; gradients, hooks and metadata are dropped."""
    if not all(type(number) is int for number in (offset, *shape, *stride)) or len(shape) > 64:
        raise TypeError('a tensor of an unusual shape')
    count = storage._untyped_storage.nbytes() // storage.dtype.itemsize
    last = offset + sum((n - 1) * step for n, step in zip(shape, stride, strict=True))
    # torch would enlarge the storage. And repeating one element is a way to fill the memory.
    if math.prod(shape) > count or (all(shape) and last >= count):
        raise ValueError('a tensor is larger than its storage')
    return torch._utils._rebuild_tensor(storage, offset, shape, stride)


#: Functions that are answered, by full name. Containers are not copied: a few bytes could copy a
#: large one again and again.
CALLS = {
    **dict.fromkeys(('builtins.set', 'builtins.frozenset', 'torch.Size'), lambda items=(): items),
    'collections.OrderedDict': lambda *_: {},
    'builtins.bytes': lambda *_: b'',  # protocol 2 writes only empty ones so
    'torch._utils._rebuild_tensor': _tensor,
    'torch._utils._rebuild_tensor_v2': _tensor,
    'torch._utils._rebuild_parameter': lambda tensor, *_: tensor,
    'torch._utils._rebuild_parameter_with_state': lambda tensor, *_: tensor,
    # A tensor with attributes of its own.
    'torch._tensor._rebuild_from_type_v2': lambda function, cls, args, state: function(*args),
}
#: Functions whose call makes a stub: paths, dates, NumPy's arrays and numbers.
RECORDED = {
    *(f'pathlib.{name}' for name in ('Path', 'PosixPath', 'WindowsPath', 'PurePosixPath')),
    *(f'datetime.{name}' for name in ('datetime', 'date', 'timedelta')),
    *(f'numpy.core.multiarray.{name}' for name in ('scalar', '_reconstruct')),
    *(f'numpy._core.multiarray.{name}' for name in ('scalar', '_reconstruct')),
    'numpy.dtype', 'torch.device', 'builtins.complex', 'collections.defaultdict',
    'collections.Counter', '_codecs.encode', 'copyreg._reconstructor',
}  # fmt: skip


class Unpickler(pickle._Unpickler):
    """An unpickler that imports nothing and calls only ``CALLS``.

    In Python, not C: a few bytes can make the C unpickler allocate gigabytes for its memo.
    """

    def find_class(self, module: str, name: str) -> Any:
        """Return a stand-in. Protocols up to 2 use the names of Python 2."""
        module, name = NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))
        call = CALLS.get(f'{module}.{name}')
        return call or _StubType(name, (Stub,), {'__module__': module})

    def _build(self):
        state, target = self.stack.pop(), self.stack[-1]
        # Attributes of containers and tensors, such as hooks, hold no weights.
        if isinstance(target, Stub):
            target.state = state

    dispatch = {**pickle._Unpickler.dispatch, pickle.BUILD[0]: _build}
    del dispatch[pickle.BYTEARRAY8[0]]  # which allocates any size


def safe_load(path: Path) -> Any:
    """Read a file of ``torch.save``.

    In the format before torch 1.6, which is no zip archive, only plain data are read.

    Returns:
        Any: Containers, numbers, tensors, and :class:`Stub` for everything else.

    Raises:
        UserError: If it is no such file, is truncated or damaged, or calls anything.
    """
    data = io.BytesIO(path.read_bytes())
    if not data.getvalue().startswith(b'PK\x03\x04'):
        return read_checkpoint(path)
    try:
        if 'constants.pkl' in torch._C.PyTorchFileReader(data).get_all_records():
            raise _RefusedError('it is a compiled TorchScript program')
        data.seek(0)
        pickle_module = SimpleNamespace(__name__='pickle', Unpickler=Unpickler)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            return torch.load(
                data, 'cpu', pickle_module=pickle_module, weights_only=False, mmap=False
            )
    except _RefusedError as error:
        raise UserError(
            f'{path} is refused: {error}, and a checkpoint has no need to; nothing in it was run'
        ) from error
    except Exception as error:
        # A damaged pickle can fail at any instruction, in any way.
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(
            f'{path} is no checkpoint, or is truncated or damaged ({reason:.200})'
        ) from error
