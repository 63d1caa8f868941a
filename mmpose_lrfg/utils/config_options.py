"""``--cfg-options`` with errors for misspelt keys.

mmengine adds unknown keys without a warning, so that a misspelt one has no effect. Here a key that
the config does not have is an error, and ``+key=value`` adds one.
"""

import inspect
import sys
from typing import Any

from mmengine.config import Config
from mmengine.runner import Runner

from .configs import walk
from .errors import UserError, nearest


def merge_options(cfg: Config, options: dict[str, Any] | None) -> None:
    """Merge ``options`` into ``cfg`` in place.

    Args:
        cfg (Config): The config that was read.
        options (dict, optional): Dotted keys and their values; a leading ``+`` adds a key.

    Raises:
        UserError: If a key without ``+`` is not in the config.
    """
    options = options or {}
    for name in options:
        if not name.startswith('+'):
            _check_known(cfg, name)
            _warn_of_copies(cfg, name)
    merged = {name.removeprefix('+'): value for name, value in options.items()}
    try:
        cfg.merge_from_dict(merged)
    except (KeyError, TypeError) as error:
        reason = error.args[0] if error.args else error
        raise UserError(f'--cfg-options {" ".join(merged)}: {reason}') from error


def _check_known(cfg: Config, name: str) -> None:
    node, place = cfg, ''
    for part in name.split('.'):
        is_list = isinstance(node, (list, tuple))
        if not isinstance(node, (dict, Config)) and not is_list:
            raise UserError(f'--cfg-options {name}: {place} is {node!r}, it has no keys')
        keys = [str(index) for index in range(len(node))] if is_list else list(node)
        if part not in keys:
            raise UserError(
                f'--cfg-options {name}: {place or "the config"} has no key {part!r}.'
                f'{nearest(part, keys)} Write +{name}=... to add it'
            )
        node = node[int(part) if is_list else part]
        place = f'{place}.{part}' if place else part


def _warn_of_copies(cfg: Config, name: str) -> None:
    """Warn if the value of a variable was used elsewhere in the config while it was read."""
    old = cfg.get(name)
    runner = inspect.signature(Runner.__init__).parameters
    if '.' in name or name in runner or isinstance(old, (bool, dict)) or not old:
        return
    copies = []
    for place, value in walk(cfg):
        if place == name or type(value) is not type(old):
            continue
        # Equal numbers are often a coincidence: one name must contain the other, as base_lr and lr.
        last = place.rpartition('.')[2]
        alike = last in name or name in last
        if value.startswith(old) if isinstance(old, str) else alike and value == old:
            copies.append(place)
    if copies:
        print(
            f'warning: --cfg-options {name} changes only the variable; the old value stays in '
            f'{", ".join(copies[:6])}{" ..." if len(copies) > 6 else ""}: set those instead',
            file=sys.stderr,
        )
