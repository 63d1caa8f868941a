"""Files written by ``torch.save``, old format and new, read as data (see ``restricted_pickle``)."""

import io
import math
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mmpose_lrfg.utils.errors import UserError

from .restricted_pickle import Machine

# The old format: magic number, protocol, system, what was saved, keys, then the storages.
_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001

_STORAGES = dict(
    FloatStorage=torch.float32, DoubleStorage=torch.float64, HalfStorage=torch.float16,
    BFloat16Storage=torch.bfloat16, LongStorage=torch.int64, IntStorage=torch.int32,
    ShortStorage=torch.int16, CharStorage=torch.int8, ByteStorage=torch.uint8,
    BoolStorage=torch.bool, ComplexFloatStorage=torch.complex64,
    ComplexDoubleStorage=torch.complex128, UntypedStorage=torch.uint8,
)  # fmt: skip
_DTYPES = {str(dtype): dtype for dtype in _STORAGES.values()}


class Storage(NamedTuple):
    """Memory that tensors are views of: ``count`` elements, found under ``key``."""

    key: str
    dtype: torch.dtype
    count: int


@dataclass(frozen=True, eq=False)
class StoredTensor:
    """A tensor of a file, read when it is asked for."""

    reader: 'Reader'
    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def load(self) -> Tensor:
        """The tensor, of ``shape`` and in the precision of the file.

        Raises:
            UserError: If the file is damaged.
        """
        try:
            memory = self.reader.memory(self.storage)
            return torch.as_strided(memory, self.shape, self.stride, self.offset)
        except (RuntimeError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise UserError(
                f'{self.reader.what} is truncated or damaged: a tensor cannot be read'
            ) from error


class Reader:
    """One file: what its pickles may call, and where its storages are.

    Args:
        what (str): The file, for messages.
    """

    def __init__(self, what: str):
        self.what = what
        self.read: Callable[[Storage], bytes] | None = None
        self.seen: dict[str, Storage] = {}
        self.loaded: dict[Storage, Tensor] = {}

    def unpickle(self, stream) -> Any:
        """Read one pickle from ``stream``, with :class:`StoredTensor` for its tensors."""
        calls = {
            'torch._utils._rebuild_tensor': self.rebuild,
            'torch._utils._rebuild_tensor_v2': self.rebuild,
            'torch._utils._rebuild_tensor_v3': self.rebuild_typed,
            'torch._utils._rebuild_parameter': lambda tensor, *_: tensor,
            'torch._utils._rebuild_parameter_with_state': lambda tensor, *_: tensor,
            # A tensor with attributes of its own; they carry no weights.
            'torch._tensor._rebuild_from_type_v2': lambda f, cls, args, _: machine.call(f, args),
        }
        machine = Machine(calls, self.storage, self.what)
        return machine.load(stream)

    def storage(self, pid: tuple):
        """Answer a persistent id: ('storage', type, key, device, elements, view)."""
        if pid[0] == 'module':  # a class with its source code, as the old format holds it
            return pid[1]
        kind, cls, key, _, count, *view = pid
        if kind != 'storage' or cls.name not in _STORAGES or any(view):
            raise UserError(f'{self.what} holds a storage of unknown type {cls}')
        storage = self.seen[str(key)] = Storage(str(key), _STORAGES[cls.name], int(count))
        return storage

    def rebuild(self, storage: Storage, offset, shape, stride, *_) -> StoredTensor:
        """Answer torch's function that makes a tensor of a storage."""
        shape, stride = tuple(map(int, shape)), tuple(map(int, stride))
        # Repeating one element without end is a way to fill the memory.
        if not isinstance(storage, Storage) or math.prod(shape) > storage.count:
            raise UserError(f'{self.what} is damaged: a tensor is larger than its storage')
        return StoredTensor(self, storage, int(offset), shape, stride)

    def rebuild_typed(self, storage: Storage, offset, shape, stride, grad, hooks, dtype, *_):
        """The same for bytes that say apart from their storage what type they are."""
        dtype = _DTYPES[str(dtype)]
        typed = storage._replace(dtype=dtype, count=storage.count // dtype.itemsize)
        return self.rebuild(typed, offset, shape, stride)

    def memory(self, storage: Storage) -> Tensor:
        """All elements of a storage, (count,)."""
        if storage not in self.loaded:
            raw = self.read(storage)
            if len(raw) != storage.count * storage.dtype.itemsize:
                raise EOFError(storage.key)
            self.loaded[storage] = (
                torch.frombuffer(bytearray(raw), dtype=storage.dtype)
                if raw
                else torch.empty(0, dtype=storage.dtype)
            )
        return self.loaded[storage]


def read_torch_file(path: Path) -> Any:
    """What ``torch.save`` wrote: containers, numbers, inert records, :class:`StoredTensor`.

    Args:
        path (Path): A file in the zip format (torch >= 1.6) or the one before.

    Raises:
        UserError: If it is truncated, no such file, or calls something.
    """
    with path.open('rb') as file:
        start = file.read(4)
    if start == b'PK\x03\x04':
        try:
            return _read_zip(path)
        except (zipfile.BadZipFile, KeyError, EOFError, RuntimeError, NotImplementedError) as error:
            raise UserError(f'{path} is truncated or damaged ({error})') from error
    if start[:1] == b'\x80':
        try:
            return _read_old(path)
        except (KeyError, AttributeError, TypeError) as error:
            raise UserError(f'{path} is truncated or damaged') from error
    raise UserError(f'{path} is no checkpoint: torch.save did not write it')


def _read_zip(path: Path) -> Any:
    archive = zipfile.ZipFile(path)
    names = archive.namelist()
    pickles = [name for name in names if name == 'data.pkl' or name.endswith('/data.pkl')]
    if len(pickles) != 1:
        raise UserError(f'{path} is no checkpoint: torch.save did not write it')
    folder = pickles[0].removesuffix('data.pkl')
    if f'{folder}constants.pkl' in names:
        raise UserError(f'{path} is a compiled TorchScript program, not a checkpoint')
    if f'{folder}byteorder' in names and archive.read(f'{folder}byteorder') != b'little':
        raise UserError(f'{path} was written in another byte order')

    def read(storage: Storage) -> bytes:
        name = f'{folder}data/{storage.key}'
        # The size first: a crafted archive may unpack to far more than it claims.
        if archive.getinfo(name).file_size != storage.count * storage.dtype.itemsize:
            raise EOFError(name)
        return archive.read(name)

    reader = Reader(str(path))
    reader.read = read
    return reader.unpickle(io.BytesIO(archive.read(pickles[0])))


def _read_old(path: Path) -> Any:
    reader = Reader(str(path))
    with path.open('rb') as file:
        if reader.unpickle(file) != _MAGIC:
            raise UserError(f'{path} is no checkpoint: torch.save did not write it')
        protocol, system = reader.unpickle(file), reader.unpickle(file)
        if protocol != _PROTOCOL or not system.get('little_endian', True):
            raise UserError(f'{path} was written by another version or in another byte order')
        content, keys = reader.unpickle(file), reader.unpickle(file)
        position, places = file.tell(), {}
    # Each storage is the number of its elements (8 bytes) and the elements.
    for key in keys:
        places[str(key)] = position
        storage = reader.seen[str(key)]
        position += 8 + storage.count * storage.dtype.itemsize
    if position > path.stat().st_size:
        raise UserError(f'{path} is truncated: {position - path.stat().st_size} bytes are missing')

    def read(storage: Storage) -> bytes:
        with path.open('rb') as file:
            file.seek(places[storage.key])
            if struct.unpack('<q', file.read(8))[0] != storage.count:
                raise EOFError(storage.key)
            return file.read(storage.count * storage.dtype.itemsize)

    reader.read = read
    return content
