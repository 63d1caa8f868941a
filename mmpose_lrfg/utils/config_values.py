"""Checks the values of a config against the type annotations of the classes that it names."""

import functools
import inspect
import math
import types
import typing
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from mmengine.config import Config

from mmpose_lrfg.runtime.metadata import LARGEST, Count, Share

from .config_errors import registries
from .configs import walk
from .errors import UserError
from .json_files import sentence

PACKAGES = ('mmpose_lrfg', 'mmengine', 'mmpose', 'mmcv', 'torch')
SCALARS = (int, float, bool, str, type(None))
CONTAINERS = (dict, list, tuple, Sequence)

_Interval = Annotated[int, msgspec.Meta(ge=1)]
# Not gt=0: msgspec compares with a denormal, which is 0 where denormals are flushed.
_Positive = Annotated[float, msgspec.Meta(ge=1e-30)]
_Loader = dict(
    batch_size=Count,
    num_workers=Annotated[int, msgspec.Meta(ge=0, le=1024)],
    persistent_workers=bool,
    pin_memory=bool,
    dataset=dict,
)
SECTIONS = {
    'train_dataloader': _Loader,
    'val_dataloader': _Loader,
    'test_dataloader': _Loader,
    # With 0 epochs or less a training would end at once, as if it was done.
    'train_cfg': dict(
        max_epochs=Count | None, max_iters=_Interval | None, val_interval=_Interval
    ),
    'optim_wrapper.clip_grad': dict(max_norm=_Positive, clip_value=_Positive),
    'model.test_cfg': dict(
        score_thr=Share, nms_thr=Share, wnms_thr=Share, merge_thr=Share, nms_pre=Count,
        max_per_img=Count, recommended_score_thr=Share,
    ),
}  # fmt: skip
"""Sections of a config that no class describes: the types of their settings."""

_Side = Annotated[int, msgspec.Meta(ge=1, le=LARGEST)]
# Not a tuple: msgspec crashes on a union of one with a number that has limits.
_Sides = _Side | Annotated[list[_Side], msgspec.Meta(min_length=2, max_length=2)] | None
_Factor = Annotated[float, msgspec.Meta(ge=1e-30, le=100)]
ARGUMENTS = {
    'input_size': _Sides,
    'img_scale': _Sides,
    'eps': _Positive,
    'meta_keys': list[str],
    'pipeline': list[dict],
    'window_size': Count,
    'widen_factor': _Factor,
    'deepen_factor': _Factor,
}
"""Arguments that have one meaning everywhere; the limits keep them from filling the memory."""


def check_values(cfg: Config) -> None:
    """Check all values of a config that have a known type.

    Args:
        cfg (Config): A whole config.

    Raises:
        UserError: Naming the place in the config, the class and the argument, what is expected
            and what was given.
    """
    try:
        for place, node in walk(cfg._cfg_dict):
            if isinstance(node, float) and math.isnan(node):
                raise UserError(f'{place} of the config is NaN (not a number)')
            if place in SECTIONS and node is not None:
                _check(place, node, dict, ' of the config')
                _check_arguments(place, node, SECTIONS[place], ' of the config')
            if isinstance(node, dict) and 'type' in node:
                _check_object(place, node)
    except RecursionError as error:
        raise UserError('the config is nested too deep') from error


def _check_object(place: str, node: dict) -> None:
    """Check a dict from which a registry builds an object."""
    kind = node['type']
    if not isinstance(kind, str) and not callable(kind):
        raise UserError(f'{place}.type of the config must name a class, got {kind!r}')
    _check_arguments(place, node, ARGUMENTS, ' of the config')
    classes = _classes().get(kind, ()) if isinstance(kind, str) else [kind]
    if len(classes) == 1:  # a name of several registries may mean either class
        (cls,) = classes
        if inspect.isclass(cls):
            _check_arguments(place, node, _annotations(cls), f' of {cls.__name__}')


def _check_arguments(place: str, node: dict, expected: dict[str, Any], owner: str) -> None:
    for name in expected.keys() & node.keys():
        _check(f'{place}.{name}', node[name], expected[name], owner)


def _check(place: str, value: Any, expected: Any, owner: str) -> None:
    try:
        msgspec.convert(value, expected)
    except msgspec.ValidationError as error:
        inner, _, what = sentence(error).rpartition(': ')
        if not isinstance(value, (dict, list, tuple)):
            what = f'{what.partition(", got")[0]}, got {value!r:.60}'
        raise UserError(f'{place}{inner}{owner}: {what}') from error


@functools.cache
def _classes() -> dict[str, set[type]]:
    """Return the registered classes of ``PACKAGES`` by name."""
    found: dict[str, set[type]] = {}
    for registry in registries():
        for name, cls in registry.module_dict.items():
            if inspect.isclass(cls) and cls.__module__.partition('.')[0] in PACKAGES:
                found.setdefault(name, set()).add(cls)
    return found


@functools.cache
def _annotations(cls: type) -> dict[str, Any]:
    """Return the types of a class's arguments, also of those that it passes on to its base."""
    found: dict[str, Any] = {}
    for each in (base for base in inspect.getmro(cls) if '__init__' in vars(base)):
        try:
            parameters = inspect.signature(each.__init__).parameters
            hints = typing.get_type_hints(each.__init__)
        except (NameError, TypeError, ValueError):
            break
        # Other packages often annotate containers wrongly, such as a tuple of 3, and leave out
        # that None is accepted.
        ours = each.__module__.startswith(PACKAGES[0])
        for name in parameters.keys() & hints.keys() - found.keys():
            hint = hints[name]
            if not _is_plain(hint, CONTAINERS if ours else ()):
                continue
            if hint is bool:  # 0 and 1 do as well
                hint = bool | typing.Literal[0, 1]
            if hint is not Any and (not ours or parameters[name].default is None):
                hint = hint | None
            found[name] = hint
        if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            break
    return found


def _is_plain(hint: Any, containers: Sequence) -> bool:
    """Whether ``hint`` consists of numbers, text and the containers."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if not inner:
        return hint in (*SCALARS, *containers)
    if origin in (typing.Union, types.UnionType, *containers):
        return all(_is_plain(each, containers) for each in inner if each is not ...)
    return origin is typing.Literal
