"""Find, read and compare checkpoints with a model."""

from __future__ import annotations

import errno
import pickle
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mmpose_lrfg.utils.downloads import cached_checkpoint, check_unpacked, is_web_address
from mmpose_lrfg.utils.errors import UserError, nearest
from mmpose_lrfg.weights import BY_NAME

if TYPE_CHECKING:  # whether a file exists is known without torch
    import torch

MAX_LISTED = 6
#: Branches that only training uses.
TRAINING_ONLY = ('head.auxiliary.',)


def find_checkpoint(name: str) -> str:
    """Return the path of a checkpoint; one given by its address is downloaded to a cache.

    Args:
        name (str): A file, an http or https address (see :func:`cached_checkpoint`), or the name
            of released weights, ``'s6'`` or ``'n6'``.

    Raises:
        UserError: If there is no such file, naming the nearest of the same folder, or it cannot be
            downloaded.
    """
    path = Path(name)
    if is_web_address(name):
        return str(cached_checkpoint(name))
    if '://' in name:
        raise UserError(
            f'checkpoint {name}: only files and http:// or https:// addresses are read; download '
            'it and give its path'
        )
    if path.is_file():
        return name
    if name in BY_NAME:
        return str(BY_NAME[name].path())
    if path.is_dir():
        last = numbered_checkpoints(path)
        hint = f' Did you mean {last[0]}?' if last else ''
        raise UserError(f'checkpoint {name} is a folder.{hint}')
    found = [file.name for file in path.parent.glob('*.pth')]
    raise UserError(f'checkpoint {name} does not exist.{nearest(path.name, found)}')


def numbered_checkpoints(work_dir: Path) -> list[Path]:
    """Return the ``epoch_N.pth`` and ``iter_N.pth`` of a folder, the newest first."""
    found = [re.fullmatch(r'(?:epoch|iter)_(\d+)\.pth', f.name) for f in work_dir.glob('*.pth')]
    numbers = {work_dir / match[0]: int(match[1]) for match in found if match}
    return sorted(numbers, key=lambda f: (f.stat().st_mtime, numbers[f]), reverse=True)


def read_checkpoint(path: str | Path) -> dict:
    """Load a checkpoint on the CPU, tensors and plain data only (``weights_only``).

    Raises:
        UserError: If it is truncated, no checkpoint, or holds objects that are not plain data.
    """
    import torch

    check_unpacked(path)
    try:
        content = torch.load(path, map_location='cpu', weights_only=True)
    except pickle.UnpicklingError as error:
        forbidden = re.search(r'GLOBAL (\S+) (?:was not an allowed|whose module)', str(error))
        if forbidden:
            raise UserError(
                f'checkpoint {path} holds objects of {forbidden[1]}, which could run code '
                'when loaded; only plain data and tensors are read'
            ) from error
        raise UserError(f'{path} is not a checkpoint, or is damaged') from error
    except (RuntimeError, EOFError, ValueError, KeyError, OSError) as error:
        # Not every truncation gets a sentence of its own from torch; some are plain EINVAL.
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        reason = f' ({str(error).splitlines()[0]})' if isinstance(error, RuntimeError) else ''
        raise UserError(f'checkpoint {path} is truncated or damaged{reason}') from error
    if not isinstance(content, dict):
        raise UserError(f'{path} holds a {type(content).__name__}, not a checkpoint')
    # A stored attribute would replace a method. PyTorch stores the versions of modules so.
    for part in (content, *(dict.get(content, key) for key in ('state_dict', 'meta'))):
        attributes = getattr(part, '__dict__', {})
        if set(attributes) - {'_metadata'} or not isinstance(attributes.get('_metadata', {}), dict):
            raise UserError(f'checkpoint {path} is damaged: a dict has attributes of its own')
    for key in ('state_dict', 'meta'):
        if not isinstance(content.get(key, {}), dict):
            kind = type(content[key]).__name__
            raise UserError(f'checkpoint {path}: {key} must be a dict, got a {kind}')
    for name in content.get('state_dict', content):
        if not isinstance(name, str):
            raise UserError(f'checkpoint {path}: names of tensors must be strings, got {name!r}')
    return content


def state_dict_of(checkpoint: dict) -> dict[str, torch.Tensor]:
    """Return the model's tensors by name, without the prefix of a parallel wrapper."""
    import torch

    state = checkpoint.get('state_dict', checkpoint)
    return {
        name.removeprefix('module.'): value
        for name, value in state.items()
        if isinstance(value, torch.Tensor)
    }


def inference_state(checkpoint: dict) -> dict[str, torch.Tensor]:
    """Return the weights of a checkpoint without the branches that only training uses."""
    state = state_dict_of(checkpoint)
    return {name: value for name, value in state.items() if not name.startswith(TRAINING_ONLY)}


def check_finite(path: str | Path, state: dict[str, torch.Tensor]) -> None:
    """Check that all weights are finite numbers.

    Args:
        path (str | Path): The checkpoint, for the message.
        state (dict[str, Tensor]): Its tensors by name.

    Raises:
        UserError: Naming the tensors with NaN or infinity.
    """
    import torch

    # The storages: a view can repeat its elements and claim a size that fills the memory.
    bad = [
        name
        for name, value in state.items()
        if value.is_floating_point()
        and not torch.empty(0, dtype=value.dtype).set_(value.untyped_storage()).isfinite().all()
    ]
    if bad:
        raise UserError(
            f'checkpoint {path}: {len(bad)} tensors hold NaN or infinity {listing(bad)}; take a '
            'checkpoint from before the training diverged'
        )


def listing(names: Sequence[str]) -> str:
    """Return '(a, b, c)', with the first names only if there are many."""
    return f'({", ".join(names[:MAX_LISTED])}{", ..." if len(names) > MAX_LISTED else ""})'


@dataclass
class Mismatch:
    """How a checkpoint differs from a model; names of tensors, sentences for shapes."""

    missing: list[str]
    unexpected: list[str]
    shapes: list[str]
    fitting: int

    def __bool__(self) -> bool:
        return bool(self.missing or self.unexpected or self.shapes)

    def __str__(self) -> str:
        kinds = {
            'missing': self.missing, 'unexpected': self.unexpected, 'of another shape': self.shapes,
        }  # fmt: skip
        parts = [f'{len(names)} {kind} {listing(names)}' for kind, names in kinds.items() if names]
        return f'{self.fitting} tensors fit, {"; ".join(parts)}' if parts else 'all tensors fit'


def compare(state: dict[str, torch.Tensor], model: torch.nn.Module) -> Mismatch:
    """Compare names and shapes of ``state`` with those of ``model``.

    ``state`` may lack branches that serve training only: published weights do. Names of earlier
    versions count as the present ones.
    """
    from mmpose_lrfg.models.old_names import update_key

    own = {name.removeprefix('module.'): tensor for name, tensor in model.state_dict().items()}
    state = {name if name in own else update_key(name): value for name, value in state.items()}
    shared = [name for name in own if name in state]
    shapes = [
        f'{name} {tuple(state[name].shape)} instead of {tuple(own[name].shape)}'
        for name in sorted(shared)
        if own[name].shape != state[name].shape
    ]
    return Mismatch(
        missing=[n for n in own if n not in state and not n.startswith(TRAINING_ONLY)],
        unexpected=[name for name in state if name not in own],
        shapes=shapes,
        fitting=len(shared) - len(shapes),
    )


def check_fits(path: str, model: torch.nn.Module) -> None:
    """Check that the checkpoint at ``path`` belongs to ``model`` and holds finite numbers.

    Args:
        path (str): A checkpoint, as :func:`find_checkpoint` returns it.
        model (nn.Module): The model that will load it.

    Raises:
        UserError: Listing the tensors that do not fit, or are not finite.
    """
    state = state_dict_of(read_checkpoint(path))
    check_finite(path, state)
    if found := compare(state, model):
        raise another_network(path, found)


def another_network(path: str, found: Mismatch) -> UserError:
    """Return the error of a checkpoint that does not fit the config."""
    return UserError(f'checkpoint {path} is of another network than the config: {found}')
