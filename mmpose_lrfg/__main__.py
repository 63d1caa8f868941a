"""Run a script of MMPose with the compatibility layer: python -m mmpose_lrfg run SCRIPT ARGS"""

import argparse
import importlib.util
import multiprocessing.spawn
import runpy
import sys
from pathlib import Path

from mmpose_lrfg import compat
from mmpose_lrfg.utils.errors import UserError, command, nearest


def parse_args(argv=None):
    parser = argparse.ArgumentParser(prog='python -m mmpose_lrfg', description=__doc__)
    verbs = parser.add_subparsers(dest='verb', required=True)
    run = verbs.add_parser('run', help="run a Python script, MMPose's tools for example")
    run.add_argument(
        'script', help='path of a script, or its path in MMPose, such as tools/test.py'
    )
    run.add_argument('args', nargs=argparse.REMAINDER, help='arguments of the script')
    return parser.parse_args(argv)


def find_script(name: str) -> Path:
    """Return the script ``name``, a path as it is or inside the installed MMPose.

    Raises:
        UserError: If there is no such file.
    """
    path = Path(name)
    if path.is_file():
        return path
    folders = [path.parent]
    spec = importlib.util.find_spec('mmpose')
    if spec is not None and spec.origin and not path.is_absolute():
        installed = Path(spec.origin).parent / '.mim' / name
        if installed.is_file():
            return installed
        folders.append(installed.parent)
    hint = nearest(path.name, [file.name for folder in folders for file in folder.glob('*.py')])
    raise UserError(
        f'script {name} does not exist, neither here nor in the installed MMPose.{hint}'
    )


def install_in_spawned_processes() -> None:
    """Let processes that the script starts by ``spawn`` have the compatibility layer, too."""
    original = multiprocessing.spawn.get_preparation_data
    # They unpickle this before they import the script, and so import this package.
    multiprocessing.spawn.get_preparation_data = lambda name: dict(
        original(name), mmpose_lrfg=compat.install
    )


@command
def main(argv=None):
    args = parse_args(argv)
    script = find_script(args.script)
    install_in_spawned_processes()
    # As Python itself starts a script.
    sys.argv = [str(script), *args.args]
    sys.path[0] = str(script.resolve().parent)
    runpy.run_path(str(script), run_name='__main__')


if __name__ == '__main__':
    sys.exit(main())
