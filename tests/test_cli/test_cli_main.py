"""Commands and their vocabulary of options."""

import argparse
import subprocess
import sys

import pytest

from mmpose_lrfg.cli.arguments import OPTIONS
from mmpose_lrfg.cli.main import COMMANDS, build_parser, find_command, main


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
        (['benchmark', 'formats', 'a'], 'benchmark formats'),
        (['convert', 'labels'], 'convert labels'),
    ],
)
def test_command_is_found(argv, name):
    assert find_command(argv)[0] == name


@pytest.mark.parametrize(
    'argv, hint',
    [(['trian'], 'train'), (['convert', 'lables'], 'labels'), (['convert'], 'yolopose|')],
)
def test_mistyped_command(argv, hint, capsys):
    assert main(argv) == 2
    assert hint in capsys.readouterr().err


#: As in MMPose, ``lrfg train --resume`` may name a checkpoint.
EXCEPTIONS = {('train', '--resume')}


def options_of(name):
    """Return option string -> action of a command."""
    actions = build_parser(name)._actions
    options = {option: action for action in actions for option in action.option_strings}
    return {option: options[option] for option in options if (name, option) not in EXCEPTIONS}


@pytest.mark.parametrize('name', COMMANDS)
def test_shared_options_are_as_in_the_table(name):
    for option, action in options_of(name).items():
        if option in OPTIONS:
            parser = argparse.ArgumentParser()
            expected = parser.add_argument(option, **OPTIONS[option])
            assert (action.type, type(action)) == (expected.type, type(expected)), option


def test_an_option_has_one_meaning_in_all_commands():
    kinds = {}
    for name in COMMANDS:
        for option, action in options_of(name).items():
            kind = type(action), action.type if option in OPTIONS else None
            first, seen = kinds.setdefault(option, (name, kind))
            assert seen == kind, f'{option} of {name} and of {first}'
