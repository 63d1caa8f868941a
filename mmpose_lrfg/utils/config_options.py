"""``--cfg-options`` with errors for misspelt keys.

mmengine adds unknown keys without a warning, so that a misspelt one has no effect. Here a key that
the config does not have is an error, and ``+key=value`` adds one.
"""

import sys
from collections.abc import Iterator
from typing import Any

from mmengine.config import Config

from mmpose_lrfg.utils.errors import UserError, nearest

# Top-level keys that the runner reads. Others are variables that the config may have used while it
# was read; changing them later does not change what they were used for.
READ_BY_RUNNER = {
    'work_dir', 'load_from', 'resume', 'launcher', 'log_level', 'experiment_name', 'default_scope',
    'runner_type',
}  # fmt: skip


def merge_options(cfg: Config, options: dict[str, Any] | None) -> None:
    """Merge ``options`` into ``cfg`` in place.

    Args:
        cfg (Config): The config that was read.
        options (dict, optional): Dotted keys and their values; a leading ``+`` adds a key.

    Raises:
        UserError: If a key without ``+`` is not in the config.
    """
    merged = {}
    for key, value in (options or {}).items():
        name = key.removeprefix('+')
        if not key.startswith('+'):
            _check_known(cfg, name)
            _warn_of_copies(cfg, name)
        merged[name] = value
    try:
        cfg.merge_from_dict(merged)
    except (KeyError, TypeError) as error:
        reason = error.args[0] if error.args else error
        raise UserError(f'--cfg-options {" ".join(merged)}: {reason}') from error


def _check_known(cfg: Config, name: str) -> None:
    node, walked = cfg, []
    for part in name.split('.'):
        place = '.'.join(walked) or 'the config'
        if isinstance(node, (list, tuple)):
            if not (part.isdigit() and int(part) < len(node)):
                raise UserError(
                    f'--cfg-options {name}: {place} is a list of {len(node)}, it has no {part!r}'
                )
            node = node[int(part)]
        elif isinstance(node, (dict, Config)):
            if part not in node:
                raise UserError(
                    f'--cfg-options {name}: {place} has no key {part!r}.{nearest(part, node)} '
                    f'Write +{name}=... to add it'
                )
            node = node[part]
        else:
            raise UserError(f'--cfg-options {name}: {place} is {node!r}, it has no keys')
        walked.append(part)


def _warn_of_copies(cfg: Config, name: str) -> None:
    """Warn if the value of a variable was used elsewhere in the config while it was read."""
    old = cfg.get(name)
    plain = isinstance(old, (str, int, float, list, tuple)) and not isinstance(old, bool)
    if '.' in name or name in READ_BY_RUNNER or not plain:
        return
    copies = [place for place, value in _walk(cfg) if _came_from(place, value, name, old)]
    if copies:
        print(
            f'warning: --cfg-options {name} changes only the variable; the old value stays in '
            f'{", ".join(copies[:6])}{" ..." if len(copies) > 6 else ""}: set those instead',
            file=sys.stderr,
        )


def _came_from(place: str, value: Any, name: str, old: Any) -> bool:
    if place == name or type(value) is not type(old):
        return False
    if isinstance(old, str):
        return bool(old) and value.startswith(old)
    # Equal numbers are often a coincidence: one name must contain the other, as base_lr and lr.
    last = place.rpartition('.')[2]
    return value == old and (last in name or name in last)


def _walk(node: Any, place: str = '') -> Iterator[tuple[str, Any]]:
    if isinstance(node, (dict, Config)):
        items = node.items()
    elif isinstance(node, (list, tuple)):
        yield place, node
        items = enumerate(node)
    else:
        yield place, node
        return
    for key, value in items:
        yield from _walk(value, f'{place}.{key}' if place else str(key))
