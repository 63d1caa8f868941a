"""Parser, argument types and options that the commands share.

Nothing here imports torch, so that wrong arguments are reported at once.
"""

import argparse
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

from mmpose_lrfg.utils.errors import UserError, nearest, one_line
from mmpose_lrfg.weights import BY_NAME, DEFAULT

MAX_NUMBER = 1_000_000
"""Largest number of an argument without a limit of its own."""
MAX_LENGTH = 4096
"""Largest number of characters of an argument other than KEY=VALUE; no path is longer."""


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` that refuses empty arguments (an unset variable) and huge ones."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, allow_abbrev=False, **kwargs)

    def parse_known_args(self, args=None, namespace=None):
        args = sys.argv[1:] if args is None else list(args)
        for before, text in zip(['', *args], args):
            place = f' after {before[:40]}' if before else ''
            if len(text) > MAX_LENGTH and '=' not in text:
                self.error(f'an argument{place} has {len(text)} characters, more than {MAX_LENGTH}')
            if not text.strip():
                self.error(f'an argument{place} is empty; is a variable of the shell not set?')
        return super().parse_known_args(args, namespace)

    def error(self, message):
        super().error(one_line(message))


def number(least: float = 0, most: float = MAX_NUMBER, kind: type = float) -> Callable:
    """Return the argparse type of a finite number in ``least``..``most``."""
    expected = f'a {"whole " if kind is int else ""}number in {least}..{most}'

    def convert(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:  # also of an int of more than 4300 digits
            value = None
        if value is None or not least <= value <= most:  # NaN is in no range
            raise argparse.ArgumentTypeError(f'must be {expected}, got {_short(text)}')
        return value

    return convert


def whole(least: int = 1, most: int = MAX_NUMBER) -> Callable[[str], int]:
    """Return the argparse type of a whole number in ``least``..``most``."""
    return number(least, most, int)


positive = whole()
"""Sizes and counts of 1 or more."""
count = whole(0)
"""Counts that may be 0."""
share = number(0, 1)
"""Scores, thresholds and probabilities."""


def existing_file(text: str) -> str:
    """Return the path of an existing file; otherwise a UserError names the nearest file."""
    return _existing(text, Path.is_file, 'file')


def existing_folder(text: str) -> str:
    """Return the path of an existing folder; otherwise a UserError names the nearest one."""
    return _existing(text, Path.is_dir, 'folder')


def config(text: str) -> str:
    """Return the path or name of an existing config; otherwise a UserError names the nearest."""
    from mmpose_lrfg.utils.config_files import find_config

    find_config(text)
    return text


def subject(text: str) -> str:
    """Return an existing folder, .json or .yaml file, or config."""
    if text.endswith(('.json', '.yaml', '.yml')):
        return existing_file(text)
    return text if Path(text).is_dir() else config(text)


def checkpoint(text: str) -> str:
    """Return an existing checkpoint, or the address of one, which is not downloaded yet."""
    from mmpose_lrfg.checkpoints.loading import find_checkpoint
    from mmpose_lrfg.utils.downloads import is_web_address

    return text if is_web_address(text) else find_checkpoint(text)


def device(text: str) -> str:
    """Return ``text`` if it is cpu, cuda or cuda:N."""
    kind, _, index = text.partition(':')
    if text not in ('cpu', 'cuda') and not (kind == 'cuda' and index.isdecimal()):
        raise argparse.ArgumentTypeError(f'must be cpu, cuda or cuda:N, got {_short(text)}')
    return text


def require(package: str, purpose: str) -> None:
    """Raise a UserError if a package is not installed; it is not imported."""
    if importlib.util.find_spec(package) is None:
        raise UserError(
            f'{purpose} needs the package {package}, which is not installed; '
            'lrfg doctor shows how to install what is missing'
        )


def _existing(text: str, test: Callable[[Path], bool], kind: str) -> str:
    path = Path(text)
    try:
        if test(path):
            return text
        beside = [each.name for each in path.parent.glob('*')]
    except OSError as error:  # a name that is too long
        raise UserError(f'{kind} {_short(text)} cannot be read: {error.strerror}') from error
    what = f'is not a {kind}' if path.exists() else 'does not exist'
    raise UserError(f'{kind} {text} {what}.{nearest(path.name, beside)}')


def _short(text: str) -> str:
    return repr(text) if len(text) <= 40 else f'{text[:40]!r}...'


class Options(argparse.Action):
    """mmengine's ``DictAction`` with an error message for every argument that it cannot parse."""

    def __call__(self, parser, namespace, values, option_string=None):
        from mmengine.config import DictAction  # takes half a second

        for value in values:
            key, mark, _ = value.partition('=')
            if not mark or not key:
                parser.error(f'{option_string}: expected key=value, got {value!r}')
        action = DictAction(self.option_strings, self.dest, nargs='+')
        try:
            action(parser, namespace, values, option_string)
        except (AssertionError, IndexError, RecursionError) as error:
            parser.error(f'{option_string}: {error}')


class ImgSize(argparse.Action):
    """Take H or H W as (height, width); one number is the side of a square."""

    def __call__(self, parser, namespace, values, option_string=None):
        if len(values) > 2:
            parser.error(f'{option_string}: expected H or H W, got {len(values)} numbers')
        setattr(namespace, self.dest, (values[0], values[-1]))


#: Options with one meaning in all commands.
OPTIONS = {
    '--img-size': dict(
        nargs='+',
        type=whole(1, 16384),
        action=ImgSize,
        metavar=('H', 'W'),
        help='input size in pixels, multiples of 64: height and width, or one side of a square '
        "(default: the config's)",
    ),
    '--device': dict(
        type=device, default='cpu', metavar='DEVICE', help='cpu (default), cuda or cuda:N'
    ),
    '--batch-size': dict(
        type=whole(1, 4096), default=8, metavar='N', help='images per batch (default: 8)'
    ),
    '--workers': dict(type=whole(0, 256), metavar='N', help='processes that load images'),
    '--seed': dict(type=whole(0, 2**32 - 1), default=0, metavar='N', help='default: 0'),
    '--score-thr': dict(
        type=share,
        metavar='S',
        help='lowest score of a detection (default: the one with the best F1 in validation)',
    ),
    '--epochs': dict(type=positive, metavar='N', help="epochs (default: the config's)"),
    '--limit': dict(type=positive, metavar='N', help='take only N images'),
    '--data': dict(metavar='DATA', help='data set: a folder, data.yaml or COCO .json'),
    '--img-dir': dict(
        type=existing_folder, metavar='DIR', help='folder of the images of --data (default: found)'
    ),
    '--weights': dict(choices=tuple(BY_NAME), help=f'released weights (default: {DEFAULT})'),
    '--model': dict(type=existing_file, metavar='FILE', help='exported file (.onnx, .xml, .pt)'),
    '--config': dict(type=config, metavar='CONFIG', help='config: a path, or its base name'),
    '--checkpoint': dict(type=checkpoint, metavar='FILE', help='trained weights of the config'),
    '--out': dict(metavar='PATH', help='file or folder of the result'),
    '--json': dict(metavar='FILE', help='write the numbers to this file'),
    '--markdown': dict(metavar='FILE', help='write the table to this file'),
    '--csv': dict(metavar='FILE', help='write the table to this file'),
    '--overwrite': dict(action='store_true', help='replace an existing file'),
    '--resume': dict(action='store_true', help='continue what was interrupted'),
    '--strict': dict(action='store_true', help='stop at the first image that cannot be read'),
}


def add_options(parser: argparse._ActionsContainer, *names: str, **changes: object) -> None:
    """Add options of :data:`OPTIONS`.

    Args:
        parser: A parser, or a group of arguments.
        names (str): Options, such as ``'--device'``.
        changes: Arguments of ``add_argument`` that differ in this command, such as ``help``.
    """
    for name in names:
        parser.add_argument(name, **{**OPTIONS[name], **changes})


def add_network(parser: argparse._ActionsContainer) -> None:
    """Add CONFIG and CHECKPOINT, optional and positional, and ``--weights``."""
    add = parser.add_argument
    text = 'config: a path, or its base name (default: released weights)'
    add('config', type=config, nargs='?', metavar='CONFIG', help=text)
    add('checkpoint', type=checkpoint, nargs='?', metavar='CHECKPOINT', help='trained weights')
    add_options(parser, '--weights')


def network(args: argparse.Namespace) -> tuple[str, str]:
    """Return config and checkpoint of :func:`add_network`; the released weights by default.

    Raises:
        UserError: If only one of them is given, or both and released weights.
    """
    if bool(args.config) != bool(args.checkpoint):
        raise UserError('CONFIG and CHECKPOINT go together (default: released weights)')
    if args.config and args.weights:
        raise UserError('--weights names released weights; it excludes CONFIG and CHECKPOINT')
    if args.config:
        return args.config, args.checkpoint
    weights = BY_NAME[args.weights or DEFAULT]
    print(weights.about, file=sys.stderr)
    return weights.files()


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of training and evaluation, with the names that they have in MMPose."""
    add = parser.add_argument
    add_options(parser, '--strict')
    add(
        '--cfg-options',
        nargs='+',
        action=Options,
        metavar='KEY=VALUE',
        help='change settings of the config, e.g. train_dataloader.batch_size=8; lists as "[a,b]", '
        'tuples as "(a,b)" without spaces; +KEY=VALUE adds a key that the config does not have',
    )
    add('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none')
    # torchrun and torch.distributed.launch use different spellings; mmengine reads the variable.
    add('--local_rank', '--local-rank', type=count, default=0, help=argparse.SUPPRESS)
