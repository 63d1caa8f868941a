"""Find and read configs."""

import contextlib
import importlib.metadata
import re
import traceback
from pathlib import Path

from mmengine.config import Config
from mmengine.config.utils import MODULE2PACKAGE

from .configs import dicts_in
from .errors import UserError, nearest

PACKAGE = 'mmpose_lrfg'

# mmengine resolves 'package::config' only for packages in this table.
MODULE2PACKAGE.setdefault(PACKAGE, PACKAGE)


def find_config(name: str) -> Path:
    """Return the path of a config.

    Args:
        name (str): A path, ``mmpose_lrfg::lrfg/xxx.py``, or a base name that is searched in
            ``./configs`` and among the installed configs. ``.py`` may be left out.

    Raises:
        UserError: If there is no such config (naming the nearest), or more than one.
    """
    path = Path(name)
    if path.is_file():
        return path
    roots = [Path('configs')]
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        installed = importlib.metadata.distribution(PACKAGE)
        roots.append(Path(installed.locate_file(f'{PACKAGE}/.mim/configs')))
    file = Path(name.removeprefix(f'{PACKAGE}::'))
    file = file if file.suffix else Path(f'{file}.py')
    known = []
    for root in roots:
        files = sorted(root.rglob('*.py'))
        known += files
        # A bare name matches by base name, 'lrfg/xxx.py' by the end of the path.
        found = [each for each in files if each.parts[-len(file.parts) :] == file.parts]
        if len(found) > 1:
            raise UserError(f'config {name} is not unique: {", ".join(map(str, found))}')
        if found:
            return found[0]
    if path.parent != Path():
        known += path.parent.glob('*.py')
    hint = nearest(file.name, {each.name for each in known})
    searched = ', '.join(str(root) for root in roots if root.is_dir()) or 'no folder of configs'
    what = 'is a folder, not a config file' if path.is_dir() else 'does not exist'
    raise UserError(f'config {name} {what} (searched: {searched}).{hint}')


def load_config(name: str, *required: str) -> Config:
    """Find and read a config.

    Args:
        name (str): A path, or the base name of a config of this package.
        *required (str): Top-level keys that it must have.

    Raises:
        UserError: If it cannot be found, does not parse (with file and line) or lacks a key.
    """
    path = find_config(name)
    if path.suffix not in ('.py', '.json', '.yaml', '.yml'):
        raise UserError(f'config {path} is not a .py, .json or .yaml file')
    try:
        cfg = Config.fromfile(path)
        # mmengine would search the classes of bases 'mmpose_lrfg::...' in a registry of that name;
        # they are in MMPose's.
        for node in dicts_in(cfg._cfg_dict):
            if node.get('_scope_') == PACKAGE:
                del node['_scope_']
    except UserError:
        raise
    except SystemExit as error:
        raise UserError(f'config {path} calls sys.exit{_place(error)}; remove that') from error
    except Exception as error:
        while isinstance(error, ImportError) and (cause := error.__cause__ or error.__context__):
            error = cause  # mmengine does not name the module
        # mmengine puts the file in front of the syntax error.
        text = re.sub(r'^There are syntax errors in config file \S+ ', '', str(error))
        reason = f'{type(error).__name__}: {" ".join(text.split())}{_place(error)}'
        raise UserError(f'config {path} cannot be read: {reason}') from error
    require_keys(cfg, name, *required)
    return cfg


def require_keys(cfg: Config, name: str, *keys: str) -> None:
    """Check that a config has these top-level keys.

    Raises:
        UserError: Naming the config and the missing keys.
    """
    # test_cfg = dict() is empty but sufficient.
    missing = [k for k in keys if not cfg.get(k) and not (k.endswith('_cfg') and k in cfg)]
    if missing:
        raise UserError(
            f'config {name} has no {" and no ".join(missing)}; is it only a base of others?'
        )


def _place(error: BaseException) -> str:
    """Return ' (line N of FILE)' for the config in which ``error`` was raised."""
    # Configs run as modules of their own; the innermost one may be a base of the named one.
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.name == '<module>' and frame.filename.endswith('.py'):
            return f' (line {frame.lineno} of {frame.filename})'
    return ''
