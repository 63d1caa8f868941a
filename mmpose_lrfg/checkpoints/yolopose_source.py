"""The tensors of a YOLO-Pose or YOLOv5 checkpoint, of any kind of file."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmpose_lrfg.utils.downloads import check_unpacked
from mmpose_lrfg.utils.errors import UserError

from .loading import check_finite
from .safe_load import Stub, safe_load

# Far more than any network has. A crafted file can nest modules without end.
_MAX_MODULES, _MAX_NAME = 20_000, 1_000


@dataclass
class Source:
    """A network as it was stored.

    Attributes:
        path: The file, for messages.
        tensors: By the names of the network's own state dict, in the file's precision.
        activations: Class of each activation by module name; empty where the file holds tensors
            only. Likewise ``pools``, the window of each max pool.
        has_contract: Whether the stem has a module of its own that stacks pixels, as in YOLO-Pose.
    """

    path: Path
    tensors: dict[str, Tensor]
    activations: dict[str, str] = field(default_factory=dict)
    pools: dict[str, int] = field(default_factory=dict)
    has_contract: bool = False

    @property
    def rows_first(self) -> bool:
        """Whether its Focus layer has the order of YOLO-Pose, not that of YOLOv5."""
        return self.has_contract or any('.m_kpt.' in name for name in self.tensors)


def read_source(path: str | Path) -> Source:
    """Read a checkpoint of another code base; no code in it runs, and none of theirs is needed.

    Args:
        path (str | Path): A ``.pt`` of YOLO-Pose or YOLOv5 (a pickled module under ``ema`` or
            ``model``), a state dict, or an ``.npz`` (names under ``sd/``, or as they are).

    Raises:
        UserError: If it is damaged, of another kind, tries to run code, or holds weights that are
            not finite.
        OSError: If it cannot be read.
    """
    path = Path(path)
    check_unpacked(path)
    source = Source(path, {})
    if path.suffix == '.npz':
        source.tensors = _read_npz(path)
    else:
        _add_network(source, safe_load(path))
    check_finite(path, source.tensors)
    return source


def _read_npz(path: Path) -> dict[str, Tensor]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = [name for name in archive.files if name.startswith('sd/')] or archive.files
            return {name.removeprefix('sd/'): torch.from_numpy(archive[name]) for name in names}
    except Exception as error:  # a damaged archive can fail in any way
        raise UserError(f'{path} is damaged, or holds more than arrays ({error})') from error


def _add_network(source: Source, content: Any) -> None:
    """Add the averaged weights of a checkpoint, or else the trained ones."""
    network = content
    if isinstance(content, dict):
        parts = (content.get(key) for key in ('ema', 'model', 'state_dict'))
        network = next(filter(None, parts), content)
    if isinstance(network, tuple) and network:  # (averaged weights, number of updates)
        network = network[0]
    if isinstance(network, Stub):
        _add_modules(source, network)
    else:
        _add_tensors(source, '', network)
    if not source.tensors:
        raise UserError(f'{source.path} holds no network: neither a module tree nor a state dict')


def _add_tensors(source: Source, prefix: str, stored: Any, hidden: Any = None) -> None:
    """Add the tensors of a dictionary, except those named in ``hidden``."""
    hidden = hidden if isinstance(hidden, (set, list)) else ()
    for name, value in stored.items() if isinstance(stored, dict) else ():
        if isinstance(name, str) and isinstance(value, Tensor) and name not in hidden:
            source.tensors[(prefix + name).removeprefix('module.')] = value


def _add_modules(source: Source, root: Stub) -> None:
    """Add the state dict of a tree of modules, in its order, and what else the network computes."""
    waiting = [('', root)]
    for _ in range(_MAX_MODULES):
        if not waiting:
            return
        prefix, module = waiting.pop()
        if len(prefix) > _MAX_NAME or len(waiting) > _MAX_MODULES:
            break
        if not isinstance(module, Stub) or not isinstance(module.state, dict):
            continue
        state, kind = module.state, type(module).__name__
        name = prefix.removeprefix('module.').rstrip('.')
        _add_tensors(source, prefix, state.get('_parameters'))
        _add_tensors(
            source, prefix, state.get('_buffers'), state.get('_non_persistent_buffers_set')
        )
        source.has_contract |= kind == 'Contract'
        if type(module).__module__ == 'torch.nn.modules.activation':
            source.activations[name] = kind
        elif kind == 'MaxPool2d' and isinstance(state.get('kernel_size'), int):
            source.pools[name] = state['kernel_size']
        children = state.get('_modules')
        if isinstance(children, dict):
            named = [(key, child) for key, child in children.items() if isinstance(key, str)]
            waiting += [(f'{prefix}{key}.', child) for key, child in reversed(named)]
    raise UserError(f'{source.path} nests its modules without end')
