"""Write a config that inherits another and holds only what differs."""

import inspect

from mmengine.config import Config
from mmengine.runner import Runner

from .config_files import load_config


def inherit(base: str, cfg: Config) -> str:
    """Return the text of a config that inherits ``base`` and has the settings of ``cfg``.

    Args:
        base (str): Path of a config.
        cfg (Config): Settings that the runner reads; other top-level names are variables, which
            were used while the base was read.
    """
    changed = difference(load_config(base)._cfg_dict.to_dict(), cfg._cfg_dict.to_dict())
    names = inspect.signature(Runner.__init__).parameters
    settings = {name: changed[name] for name in names if name in changed}
    aliases = ''
    for name, other in (('test_dataloader', 'val_dataloader'), ('test_evaluator', 'val_evaluator')):
        if name in settings and settings[name] == settings.get(other):
            del settings[name]
            aliases += f'{name} = {other}\n'
    return f'_base_ = {base!r}\n{Config(settings).pretty_text}{aliases}'


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
