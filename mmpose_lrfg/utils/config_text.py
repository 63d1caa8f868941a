"""Write a config that inherits another and holds only what differs."""

import inspect

from mmengine.config import Config
from mmengine.runner import Runner

from .config_files import load_config

WIDTH = 90


def inherit(base: str, cfg: Config) -> str:
    """Return the text of a config that inherits ``base`` and has the settings of ``cfg``.

    Args:
        base (str): Path of a config.
        cfg (Config): Settings that the runner reads; other top-level names are variables, which
            were used while the base was read.
    """
    settings = difference(load_config(base)._cfg_dict.to_dict(), cfg._cfg_dict.to_dict())
    lines, written = [f'_base_ = {base!r}'], []
    for name in inspect.signature(Runner.__init__).parameters:
        if name in settings:
            value = settings[name]
            same = [other for other in written if settings[other] == value]
            # test_dataloader = val_dataloader
            text = same[0] if same and isinstance(value, dict) else to_code(value)
            lines.append(f'{name} = {text}')
            written.append(name)
    return '\n'.join([*lines, ''])


def difference(before: dict, after: dict) -> dict:
    """Return the settings of ``after`` that differ from ``before``, to be merged into it."""
    changed = {}
    for key, value in after.items():
        old = before.get(key)
        if isinstance(value, dict) and isinstance(old, dict) and old.keys() <= value.keys():
            inner = difference(old, value)
            if inner:
                changed[key] = inner
        elif key not in before or value != old:
            # A dict that lost keys replaces the one of the base.
            changed[key] = {'_delete_': True, **value} if isinstance(old, dict) and value else value
    return changed


def to_code(value: object, indent: int = 0) -> str:
    """Return a value as Python, on one line if it fits."""
    if isinstance(value, dict) and all(str(key).isidentifier() for key in value):
        parts, brackets = [(f'{key}=', each) for key, each in value.items()], ('dict(', ')')
    elif isinstance(value, dict):
        parts, brackets = [(f'{key!r}: ', each) for key, each in value.items()], '{}'
    elif isinstance(value, (list, tuple)):
        parts, brackets = [('', each) for each in value], '[]' if isinstance(value, list) else '()'
    else:
        return repr(value)
    items = [key + to_code(each, indent + 4) for key, each in parts]
    comma = ',' if isinstance(value, tuple) and len(value) == 1 else ''
    line = f'{brackets[0]}{", ".join(items)}{comma}{brackets[1]}'
    if len(line) + indent <= WIDTH and '\n' not in line:
        return line
    space = ' ' * (indent + 4)
    lines = ''.join(f'{space}{item},\n' for item in items)
    return f'{brackets[0]}\n{lines}{" " * indent}{brackets[1]}'
