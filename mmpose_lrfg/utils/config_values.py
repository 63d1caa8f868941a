"""Checks the values of a config against the type annotations of the classes that it names."""

import functools
import inspect
import math
import types
import typing
from collections.abc import Iterator, Sequence
from typing import Any

import mmengine.registry
import mmpose.registry
import msgspec
from mmengine.config import Config
from mmengine.registry import Registry

from mmpose_lrfg.runtime.metadata import LARGEST, Count, Share
from mmpose_lrfg.utils.json_files import sentence

from .errors import UserError

PACKAGES = ('mmpose_lrfg', 'mmengine', 'mmpose', 'mmcv', 'torch')
SCALARS = (int, float, bool, str, type(None))
CONTAINERS = (dict, list, tuple, Sequence)


class _Loader(msgspec.Struct):
    """Settings of a data loader."""

    batch_size: Count = 1
    num_workers: typing.Annotated[int, msgspec.Meta(ge=0, le=1024)] = 0
    persistent_workers: bool = False
    pin_memory: bool = False
    dataset: dict = {}


class _Loop(msgspec.Struct):
    """Length of a training; with 0 epochs or less it would end at once, as if it was done."""

    max_epochs: Count | None = None
    max_iters: typing.Annotated[int, msgspec.Meta(ge=1)] | None = None
    val_interval: typing.Annotated[int, msgspec.Meta(ge=1)] = 1


class _TestCfg(msgspec.Struct):
    """Thresholds of a one-stage head."""

    score_thr: Share = 0
    nms_thr: Share = 0
    wnms_thr: Share = 1
    merge_thr: Share = 1  # wnms_thr of earlier versions
    nms_pre: Count = 1
    max_per_img: Count = 1


#: Sections of a config that no class describes.
SECTIONS = {
    'train_dataloader': _Loader,
    'val_dataloader': _Loader,
    'test_dataloader': _Loader,
    'train_cfg': _Loop,
    'model.test_cfg': _TestCfg,
}


_Side = typing.Annotated[int, msgspec.Meta(ge=1, le=LARGEST)]
# Not a tuple: msgspec crashes on a union of one with a number that has limits.
_Sides = _Side | typing.Annotated[list[_Side], msgspec.Meta(min_length=2, max_length=2)] | None
_Factor = typing.Annotated[float, msgspec.Meta(gt=0, le=100)]
#: Arguments that have one meaning everywhere; the limits keep them from filling the memory.
ARGUMENTS = {
    'input_size': _Sides,
    'img_scale': _Sides,
    'meta_keys': list[str],
    'pipeline': list[dict],
    'window_size': Count,
    'widen_factor': _Factor,
    'deepen_factor': _Factor,
}


def check_values(cfg: Config) -> None:
    """Check all values of a config that have a known type.

    Args:
        cfg (Config): A whole config.

    Raises:
        UserError: Naming the place in the config, the class and the argument, what is expected
            and what was given.
    """
    try:
        for place, node in _nodes(cfg._cfg_dict, ''):
            _check_node(place, node)
    except RecursionError as error:
        raise UserError('the config is nested too deep') from error


def _nodes(node: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Yield everything in a config with its place, the whole first."""
    yield place, node
    if isinstance(node, dict):
        items = node.items()
    elif isinstance(node, (list, tuple)):
        items = enumerate(node)
    else:
        return
    for key, value in items:
        name = f'[{key}]' if isinstance(key, int) else f'.{key}'
        yield from _nodes(value, f'{place}{name}'.lstrip('.'))


def _check_node(place: str, node: Any) -> None:
    if isinstance(node, float) and math.isnan(node):
        raise UserError(f'{place} of the config is NaN (not a number)')
    if place in SECTIONS and node is not None:
        _check_value(place, node, SECTIONS[place], node)
    if not isinstance(node, dict) or 'type' not in node:
        return
    kind = node['type']
    if not isinstance(kind, str) and not callable(kind):
        raise UserError(f'{place}.type of the config must name a class, got {kind!r}')
    for name in ARGUMENTS.keys() & node.keys():
        _check_value(f'{place}.{name}', node[name], ARGUMENTS[name], node[name])
    classes = _classes().get(kind, []) if isinstance(kind, str) else [kind]
    # A name of several registries may mean either class.
    if len(classes) != 1 or not inspect.isclass(classes[0]):
        return
    for name, expected in _annotations(classes[0]).items():
        if name in node:
            _check_value(f'{place}.{name}', node[name], expected, node[name], classes[0].__name__)


def _check_value(place: str, value: Any, expected: Any, given: Any, cls: str = '') -> None:
    try:
        msgspec.convert(value, expected)
    except msgspec.ValidationError as error:
        inner, mark, what = sentence(error).rpartition(': ')
        of = f' of {cls}' if cls else ' of the config'
        shown = '' if isinstance(given, (dict, list, tuple)) else f', got {given!r:.60}'
        what = what.partition(', got')[0] if shown else what
        inner = f'.{inner}' if mark and not inner.startswith('[') else inner
        raise UserError(f'{place}{inner}{of}: {what}{shown}') from error


@functools.cache
def _classes() -> dict[str, list[type]]:
    """Return the registered classes of ``PACKAGES`` by name."""
    found: dict[str, list[type]] = {}
    for module in (mmengine.registry, mmpose.registry):
        for registry in vars(module).values():
            if isinstance(registry, Registry):
                for name, cls in registry.module_dict.items():
                    ours = getattr(cls, '__module__', '').partition('.')[0] in PACKAGES
                    if inspect.isclass(cls) and ours and cls not in found.setdefault(name, []):
                        found[name].append(cls)
    return found


@functools.cache
def _annotations(cls: type) -> dict[str, Any]:
    """Return the types of a class's arguments, also of those that it passes on to its base."""
    found: dict[str, Any] = {}
    for each in inspect.getmro(cls):
        init = vars(each).get('__init__')
        if init is None:
            continue
        try:
            parameters = inspect.signature(init).parameters
            hints = typing.get_type_hints(init)
        except (NameError, TypeError, ValueError):
            return found
        ours = each.__module__.startswith(PACKAGES[0])
        for name in parameters.keys() & hints.keys() - found.keys():
            # Other packages often annotate containers wrongly, such as a tuple of 3.
            if _is_plain(hints[name], CONTAINERS if ours else ()):
                # Nor do they annotate that None is accepted.
                default = parameters[name].default if ours else None
                found[name] = _lenient(hints[name], default)
        if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            break
    return found


def _is_plain(hint: Any, containers: Sequence) -> bool:
    """Whether ``hint`` consists of numbers, text and the containers."""
    inner = typing.get_args(hint)
    origin = typing.get_origin(hint)
    if not inner:
        return hint in (*SCALARS, *containers)
    if origin is typing.Literal:
        return True
    if origin not in (typing.Union, types.UnionType, *containers):
        return False
    return all(_is_plain(each, containers) for each in inner if each is not ...)


def _lenient(hint: Any, default: Any) -> Any:
    """Add what Python accepts for ``hint``: None by default, 0 and 1 for a bool."""
    if hint is bool:
        hint = bool | typing.Literal[0, 1]
    return hint | None if default is None and hint is not Any else hint
