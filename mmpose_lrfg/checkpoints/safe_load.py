"""Read what ``torch.save`` wrote without importing or calling anything that the file names.

A pickle is a program: Python's unpickler imports the classes and functions that it names, and calls
them. YOLO-Pose and YOLOv5 pickle whole networks, of classes that are not installed here. So
``torch.load`` gets an unpickler that looks up no name: a name stays a :class:`Global`, an object
becomes a :class:`Stub` with its state, and only the calls in ``CALLS`` are answered, with plain
containers and tensors. Every other call is refused.
"""

import io
import math
import pickle
import warnings
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

from mmpose_lrfg.utils.errors import UserError


@dataclass(frozen=True)
class Global:
    """The name of a class or function, which is not looked up."""

    module: str
    name: str

    def __str__(self) -> str:
        return f'{self.module}.{self.name}'


@dataclass(eq=False)
class Stub:
    """An object whose class is not imported: the name of the class and the stored state.

    Items of subclasses of list, dict and set are dropped.
    """

    cls: Global
    state: Any = None

    def extend(self, items):
        pass

    append = add = extend

    def __setitem__(self, key, value):
        pass


@dataclass(frozen=True, eq=False)
class StoredTensor:
    """A tensor of the file, wrapped: instructions of the pickle cannot change it."""

    tensor: Tensor


class _RefusedError(Exception):
    """The pickle does what no checkpoint needs to do."""


def _container(kind: type):
    """Return a function that copies a container into one of ``kind``."""

    def make(items=()):
        if not isinstance(items, (list, tuple, set, dict)):
            raise TypeError(f'{kind.__name__} of a {type(items).__name__}')
        return kind(items)

    return make


def _tensor(storage, offset: int, shape: tuple, stride: tuple, *_) -> StoredTensor:
    """Stand for ``torch._utils._rebuild_tensor``; gradients, hooks and metadata are dropped."""
    if not all(type(number) is int for number in (offset, *shape, *stride)) or len(shape) > 64:
        raise TypeError('a tensor of an unusual shape')
    count = storage._untyped_storage.nbytes() // storage.dtype.itemsize
    last = offset + sum((n - 1) * step for n, step in zip(shape, stride, strict=True))
    # torch would enlarge the storage. And repeating one element is a way to fill the memory.
    if math.prod(shape) > count or (all(shape) and last >= count):
        raise ValueError('a tensor is larger than its storage')
    return StoredTensor(torch._utils._rebuild_tensor(storage, offset, shape, stride))


def _call(function, args: tuple) -> Any:
    """Answer a call if its function is in ``CALLS`` or ``RECORDED``."""
    name = str(function) if isinstance(function, Global) else f'a {type(function).__name__}'
    if name in CALLS:
        return CALLS[name](*args)
    if name in RECORDED:
        return Stub(function)
    raise _RefusedError(f'it calls {name}')


#: Functions that are answered, by full name. None of them calls what the file names.
CALLS = {
    **{f'builtins.{k.__name__}': _container(k) for k in (set, frozenset, list, dict, tuple)},
    'collections.OrderedDict': _container(dict),
    'torch.Size': _container(tuple),
    'builtins.bytes': lambda: b'',  # protocol 2 writes only empty ones so
    'torch._utils._rebuild_tensor': _tensor,
    'torch._utils._rebuild_tensor_v2': _tensor,
    'torch._utils._rebuild_parameter': lambda tensor, *_: tensor,
    'torch._utils._rebuild_parameter_with_state': lambda tensor, *_: tensor,
    # A tensor with attributes of its own.
    'torch._tensor._rebuild_from_type_v2': lambda function, cls, args, state: _call(function, args),
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
    """An unpickler that imports and calls nothing, base of the one that :func:`safe_load` makes.

    In Python, not C: a few bytes can make the C unpickler allocate gigabytes for its memo.
    """

    dispatch = dict(pickle._Unpickler.dispatch)
    copied = 0

    def find_class(self, module: str, name: str) -> Global:
        """Return the name itself. Protocols up to 2 use the names of Python 2."""
        names = NAME_MAPPING.get((module, name)) or (IMPORT_MAPPING.get(module, module), name)
        return Global(*names)

    def _reduce(self):
        args, function = self.stack.pop(), self.stack.pop()
        result = _call(function, args)
        # A few bytes can copy a large container again and again.
        self.copied += len(result) if isinstance(result, (list, tuple, set, frozenset, dict)) else 0
        if self.copied > self.max_copied:
            raise _RefusedError('it copies its containers')
        self.append(result)

    def _new_object(self):
        _, cls = self.stack.pop(), self.stack.pop()
        if not isinstance(cls, Global):
            raise TypeError(f'an object of the class {type(cls).__name__}')
        self.append(Stub(cls))

    def _new_object_ex(self):
        self.stack.pop()  # keyword arguments
        self._new_object()

    def _build(self):
        state, target = self.stack.pop(), self.stack[-1]
        if isinstance(target, Stub):
            target.state = state
        elif isinstance(target, Global):
            raise _RefusedError(f'it changes {target}')
        # Attributes of containers and tensors, such as hooks, hold no weights.

    def _persistent_id(self):
        kind, what, *rest = self.stack.pop()
        if kind == 'module':  # a class with its source code, in the format before torch 1.6
            self.append(what)
            return
        key, _, count, *view = rest
        if kind != 'storage' or type(key) is not str or type(count) is not int or any(view):
            raise TypeError('a storage of an unknown kind')
        self.check_storage(key, count * what.dtype.itemsize)
        self.append(self.persistent_load(('storage', what, key, 'cpu', count, *view)))

    def _unused(self):
        raise _RefusedError('it uses an instruction that torch.save does not write')

    dispatch[pickle.REDUCE[0]] = _reduce
    dispatch[pickle.NEWOBJ[0]] = _new_object
    dispatch[pickle.NEWOBJ_EX[0]] = _new_object_ex
    dispatch[pickle.BUILD[0]] = _build
    dispatch[pickle.BINPERSID[0]] = _persistent_id
    unused = (
        pickle.INST, pickle.OBJ, pickle.EXT1, pickle.EXT2, pickle.EXT4, pickle.PERSID,
        pickle.BYTEARRAY8, pickle.NEXT_BUFFER, pickle.READONLY_BUFFER,
    )  # fmt: skip
    dispatch.update(dict.fromkeys((code[0] for code in unused), _unused))


def safe_load(path: Path) -> Any:
    """Read a file of ``torch.save``, in the zip format or in the one before torch 1.6.

    Returns:
        Any: Containers, numbers, :class:`Stub` and, for tensors, :class:`StoredTensor`.

    Raises:
        UserError: If it is no such file, is truncated or damaged, or calls anything.
    """
    data = path.read_bytes()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            # Not the file itself: of that, torch would unpack tar archives.
            return torch.load(
                io.BytesIO(data),
                map_location='cpu',
                pickle_module=_pickle_module(data),
                weights_only=False,
                mmap=False,
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


def _pickle_module(data: bytes) -> SimpleNamespace:
    """Return what ``torch.load`` takes in place of Python's ``pickle`` to read ``data``."""
    archive = None
    if data.startswith(b'PK\x03\x04'):
        archive = torch._C.PyTorchFileReader(io.BytesIO(data))
        if 'constants.pkl' in archive.get_all_records():
            raise _RefusedError('it is a compiled TorchScript program')
    sizes: dict[str, int] = {}
    left = len(data)

    class FileUnpickler(Unpickler):
        max_copied = len(data)

        def check_storage(self, key, size):
            """Check that the file holds a storage of ``size`` bytes."""
            nonlocal left
            if sizes.get(key) == size:
                return
            # Older versions of torch read beyond the end of a record.
            if archive and size != len(archive.get_record(f'data/{key}')):
                raise EOFError(f'storage {key} has another size')
            if not archive and not 0 <= size <= left:
                raise EOFError('the storages are larger than the file')
            sizes[key] = size
            left -= size

    def load(file, **options):
        content = FileUnpickler(file, **options).load()
        # After the network, the format before torch 1.6 lists the storages that follow.
        if not sizes.keys() <= set(content if sizes else ()):
            raise EOFError('a storage is missing')
        return content

    return SimpleNamespace(__name__='pickle', Unpickler=FileUnpickler, load=load)
