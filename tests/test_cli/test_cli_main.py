"""Commands and their vocabulary of options."""

import subprocess
import sys

import pytest

from mmpose_lrfg.cli.main import COMMANDS, find_command, main


def test_help_lists_every_command_without_importing_torch_or_numpy():
    code = (
        'import sys\nfrom mmpose_lrfg.cli.main import main\nmain(["--help"])\n'
        'sys.exit(any(name in sys.modules for name in ("torch", "numpy", "mmengine", "cv2")))'
    )
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    'argv, name',
    [
        (['train', 'x'], 'train'),
        (['test'], 'val'),
        (['benchmark'], 'benchmark models'),
        (['benchmark', 'formats', 'a'], 'benchmark formats'),
        (['convert', 'labels'], 'convert labels'),
    ],
)
def test_command_is_found(argv, name):
    assert find_command(argv)[0] == name


@pytest.mark.parametrize(
    'argv, hint',
    [(['trian'], 'train'), (['convert', 'lables'], 'labels'), (['convert'], 'yolopose|higherhrnet')],
)
def test_mistyped_command(argv, hint, capsys):
    assert main(argv) == 2
    assert hint in capsys.readouterr().err
