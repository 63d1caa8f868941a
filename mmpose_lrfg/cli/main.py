"""The console command: lrfg COMMAND ARGUMENTS"""

import importlib
import sys
from collections.abc import Sequence

import mmpose_lrfg
from mmpose_lrfg.utils.errors import UserError, command, nearest

from .arguments import Parser

#: Commands by section of the help, each with its summary. The module of ``convert labels`` is
#: ``convert_labels.py``.
SECTIONS = {
    'models': {
        'train': 'train a model with a config, or on your own data',
        'val': 'evaluate a model (also: test)',
        'predict': 'predict poses on images, videos, cameras and streams',
        'track': 'the same, with an identity for each person',
        'merge': 'merge the results of the jobs of predict --shard',
        'export': 'write a model as ONNX, OpenVINO, TorchScript or web page',
        'web': 'serve the web page of an exported model on this machine',
        'publish': 'reduce a checkpoint to its weights, to share it',
        'info': 'count parameters and multiply-adds of models',
        'convert yolopose': 'convert a checkpoint of YOLO-Pose',
        'convert higherhrnet': 'convert a checkpoint of HigherHRNet',
    },
    'data': {
        'check': 'find errors in a data set, and repair what can be repaired',
        'convert labels': 'convert YOLO-pose text labels to COCO annotations, and back',
        'anchors': 'measure and fit the anchors of a data set',
        'synthesize': 'render a data set of synthetic people',
    },
    'comparison': {
        'benchmark models': 'size, speed, memory and accuracy of pose estimators',
        'benchmark formats': 'speed and accuracy of exported files',
        'benchmark tracking': 'accuracy of trackers on rendered videos',
        'benchmark training': 'speed of data loading and training',
        'compare': 'predictions of several models side by side',
        'ablation': "train and compare the networks of the paper's ablation study",
        'plot': 'draw the curves of trainings',
    },
    'this installation': {
        'demo': 'predict, train, evaluate and draw, in five minutes',
        'doctor': 'show versions, and what is missing',
        'run': 'run a script of MMPose with current versions of its packages',
    },
}
COMMANDS = {name: summary for section in SECTIONS.values() for name, summary in section.items()}
PACKAGE = 'mmpose_lrfg'
ALIASES = {'test': 'val'}


def load(name: str):
    """Import the module of a command."""
    return importlib.import_module(f'.{name.replace(" ", "_")}', __package__)


def build_parser(name: str) -> Parser:
    """Return the parser of a command."""
    module = load(name)
    parser = Parser(prog=f'lrfg {name}', description=(module.__doc__ or '').strip())
    module.add_arguments(parser)
    return parser


def find_command(argv: Sequence[str]) -> tuple[str, list[str]]:
    """Split the arguments into the name of a command and the arguments of that command.

    Raises:
        UserError: If there is no such command.
    """
    verb, *rest = argv
    verb = ALIASES.get(verb, verb)
    if verb in COMMANDS:
        return verb, rest
    kinds = [name.split()[1] for name in COMMANDS if name.startswith(f'{verb} ')]
    if rest and rest[0] in kinds:
        return f'{verb} {rest[0]}', rest[1:]
    if kinds and rest and not rest[0].startswith('-'):
        raise UserError(f'lrfg {verb}: unknown kind {rest[0]}; choose from {", ".join(kinds)}')
    if kinds:
        raise UserError(f'give a kind: lrfg {verb} {"|".join(kinds)}, with --help for its options')
    verbs = dict.fromkeys(name.split()[0] for name in COMMANDS)
    raise UserError(f'unknown command {verb}; lrfg --help lists them.{nearest(verb, verbs)}')


def print_help() -> None:
    """Print the commands."""
    print('usage: lrfg COMMAND ARGUMENTS\n\nLRFG-YoloPose: one-stage multi-person pose estimation.')
    for title, commands in SECTIONS.items():
        print(f'\n{title}:')
        for name, summary in commands.items():
            print(f'  {name:<20} {summary}')
    print('\nlrfg COMMAND --help describes a command, lrfg --version shows the version.')


@command
def main(argv: Sequence[str] | None = None) -> int | None:
    """Run a command and return its exit code."""
    argv = list(sys.argv[1:] if argv is None else argv)
    if not argv or argv[0] in ('-h', '--help', 'help'):
        print_help()
        return 0
    if argv[0] == '--version':
        print(f'mmpose_lrfg {mmpose_lrfg.__version__}')
        return 0
    name, rest = find_command(argv)
    try:
        return load(name).run(build_parser(name).parse_args(rest))
    except ModuleNotFoundError as error:
        if (error.name or PACKAGE).partition('.')[0] == PACKAGE:
            raise
        raise UserError(
            f'lrfg {name} needs the package {error.name}, which is not installed; '
            'lrfg doctor shows how to install what is missing'
        ) from error
