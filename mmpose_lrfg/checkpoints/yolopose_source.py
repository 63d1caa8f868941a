"""The tensors of a YOLO-Pose or YOLOv5 checkpoint, in whatever kind of file they come."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmpose_lrfg.utils.downloads import check_unpacked
from mmpose_lrfg.utils.errors import UserError, nearest

from .restricted_pickle import Record
from .torch_files import StoredTensor, read_torch_file

# Far more than any network has; a crafted file can nest modules without end.
_MOST_MODULES = 20_000


@dataclass
class Source:
    """A network as it was stored."""

    path: Path
    tensors: dict[str, Tensor]
    """By the names of the network's own state dict, in the file's precision."""
    activations: dict[str, str] = field(default_factory=dict)
    """Class of each activation by module name; empty where the file holds tensors only."""
    pools: dict[str, int] = field(default_factory=dict)
    """Window of each max pool by module name; likewise."""
    eps: dict[str, float] = field(default_factory=dict)
    """Of each batch normalisation by module name; likewise."""
    contracts: bool = False
    """Whether the stem has a module of its own that stacks pixels, as YOLO-Pose's does."""

    @property
    def rows_first(self) -> bool:
        """The order of its Focus layer: YOLO-Pose's, or that of YOLOv5's own detectors."""
        return self.contracts or any('.m_kpt.' in name for name in self.tensors)


def read_source(path: str | Path) -> Source:
    """Read a checkpoint.

    Args:
        path (str | Path): A ``.pt`` of YOLO-Pose or YOLOv5 (a pickled module under ``ema`` or
            ``model``), a state dict, or an ``.npz`` (names under ``sd/``, or as they are). No
            code in it runs, and none of theirs is needed.

    Raises:
        UserError: If it is missing, damaged, of another kind, or tries to run code.
    """
    path = Path(path)
    if not path.is_file():
        what = 'is a folder' if path.is_dir() else 'does not exist'
        files = path.parent.glob('*.*') if path.parent.is_dir() else ()
        raise UserError(f'{path} {what}.{nearest(path.name, [f.name for f in files])}')
    check_unpacked(path)
    if path.suffix == '.npz':
        return Source(path, _read_npz(path))
    return _source_of(path, read_torch_file(path))


def _read_npz(path: Path) -> dict[str, Tensor]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = [name for name in archive.files if name.startswith('sd/')] or archive.files
            return {name.removeprefix('sd/'): torch.from_numpy(archive[name]) for name in names}
    except (ValueError, TypeError, EOFError, OSError, zipfile.BadZipFile, MemoryError) as error:
        raise UserError(f'{path} is damaged, or holds more than arrays ({error})') from error


def _source_of(path: Path, content: Any) -> Source:
    """Find the network in what was stored: the averaged weights, or else the trained ones."""
    network = content
    if isinstance(content, dict):
        for key in ('ema', 'model', 'state_dict'):
            if content.get(key):
                network = content[key]
                break
    if isinstance(network, tuple) and network:  # (averaged weights, number of updates)
        network = network[0]
    if isinstance(network, dict):
        found = {str(k): v for k, v in network.items() if isinstance(v, StoredTensor)}
        source = Source(path, found)
    elif isinstance(network, Record):
        source = _collect(path, network)
    else:
        source = Source(path, {})
    if not source.tensors:
        raise UserError(f'{path} holds no network: neither a module tree nor a state dict')
    source.tensors = {
        name.removeprefix('module.'): tensor.load() for name, tensor in source.tensors.items()
    }
    return source


def _collect(path: Path, root: Record) -> Source:
    """The state dict of an inert tree of modules, and what else determines its function."""
    source = Source(path, {})
    for name, module in _modules(path, root):
        prefix = f'{name}.' if name else ''
        state = module.state
        hidden = state.get('_non_persistent_buffers_set') or ()
        for kind in ('_parameters', '_buffers'):
            for key, tensor in (state.get(kind) or {}).items():
                if isinstance(tensor, StoredTensor) and key not in hidden:
                    source.tensors[prefix + str(key)] = tensor
        source.contracts |= module.cls.name == 'Contract'
        if module.cls.module == 'torch.nn.modules.activation':
            source.activations[name] = module.cls.name
        elif module.cls.name == 'MaxPool2d' and isinstance(state.get('kernel_size'), int):
            source.pools[name] = state['kernel_size']
        elif module.cls.name == 'BatchNorm2d' and isinstance(state.get('eps'), float):
            source.eps[name] = state['eps']
    return source


def _modules(path: Path, root: Record) -> Iterator[tuple[str, Record]]:
    """Every module with its name, parents first, in the order of a state dict."""
    waiting = [('', root)]
    for _ in range(_MOST_MODULES):
        if not waiting:
            return
        name, module = waiting.pop()
        if not isinstance(module, Record) or not isinstance(module.state, dict):
            continue
        yield name, module
        children = module.state.get('_modules') or {}
        waiting += [
            (f'{name}.{key}' if name else str(key), child) for key, child in children.items()
        ][::-1]
    raise UserError(f'{path} nests its modules without end')
