"""Run a script of MMPose with the compatibility layer: python -m mmpose_lrfg run SCRIPT ARGS"""

import argparse
import importlib.util
import multiprocessing.spawn
import runpy
import sys
from pathlib import Path

from mmpose_lrfg import compat
from mmpose_lrfg.utils.errors import UserError, command, nearest


def find_script(name: str) -> Path:
    """Return the script ``name``, a path as it is or inside the installed MMPose.

    Raises:
        UserError: If there is no such file.
    """
    path = Path(name)
    if path.is_file():
        return path
    spec = importlib.util.find_spec('mmpose')
    # An absolute path stays what it is.
    installed = Path(spec.origin).parent / '.mim' / name if spec and spec.origin else path
    if installed.is_file():
        return installed
    files = [*path.parent.glob('*.py'), *installed.parent.glob('*.py')]
    hint = nearest(path.name, [file.name for file in files])
    raise UserError(
        f'script {name} does not exist, neither here nor in the installed MMPose.{hint}'
    )


@command
def main(argv=None):
    parser = argparse.ArgumentParser(prog='python -m mmpose_lrfg', description=__doc__)
    verbs = parser.add_subparsers(dest='verb', required=True)
    run = verbs.add_parser('run', help="run a Python script, MMPose's tools for example")
    run.add_argument(
        'script', help='path of a script, or its path in MMPose, such as tools/test.py'
    )
    run.add_argument('args', nargs=argparse.REMAINDER, help='arguments of the script')
    args = parser.parse_args(argv)
    script = find_script(args.script)
    # Processes that the script spawns unpickle this before they import the script, and so import
    # this package.
    original = multiprocessing.spawn.get_preparation_data
    multiprocessing.spawn.get_preparation_data = lambda name: dict(
        original(name), mmpose_lrfg=compat.install
    )
    # As Python itself starts a script.
    sys.argv = [str(script), *args.args]
    sys.path[0] = str(script.resolve().parent)
    runpy.run_path(str(script), run_name='__main__')


if __name__ == '__main__':
    sys.exit(main())
