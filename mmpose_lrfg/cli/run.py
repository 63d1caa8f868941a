"""Run a script, for example of MMPose, with the compatibility layer: lrfg run tools/test.py ..."""

import argparse
import importlib.util
import multiprocessing.spawn
import runpy
import sys
from pathlib import Path

from mmpose_lrfg import compat
from mmpose_lrfg.utils.errors import UserError, nearest


def add_arguments(parser):
    text = 'path of a script, or its path in MMPose, such as tools/test.py'
    parser.add_argument('script', metavar='SCRIPT', help=text)
    parser.add_argument('args', nargs=argparse.REMAINDER, help='arguments of the script')


def run(args):
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
