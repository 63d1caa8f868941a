"""Parser and argument types of all tools, and the arguments of ``train.py`` and ``test.py``.

The latter have the names that they have in MMPose. Nothing here imports torch, so that wrong
arguments are reported at once.
"""

import argparse
import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path

from mmpose_lrfg.utils.errors import UserError, nearest, one_line

MAX_NUMBER = 1_000_000
"""Largest number of an argument without a limit of its own."""
MAX_LENGTH = 4096
"""Largest number of characters of an argument other than KEY=VALUE; no path is longer."""


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` that refuses empty arguments (an unset variable) and huge ones."""

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
    """Return an existing config, or an existing annotation file that ends in .json."""
    return existing_file(text) if text.endswith('.json') else config(text)


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
        raise UserError(f'{purpose} needs a package: pip install {package}')


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


def add_img_size(parser: argparse._ActionsContainer, *aliases: str) -> None:
    """Add ``--img-size`` to a parser or a group of arguments."""
    parser.add_argument(
        '--img-size',
        *aliases,
        nargs='+',
        type=whole(1, 16384),
        action=ImgSize,
        metavar=('H', 'W'),
        help='input size in pixels, multiples of 64: height and width, or one side of a square '
        "(default: the config's)",
    )


def parse_train_args(argv=None) -> argparse.Namespace:
    """Arguments of ``tools/train.py``; ``sys.argv`` by default."""
    parser = Parser(description='Train a pose model')
    add = parser.add_argument
    add('config', type=config, help='config: a path, or its base name')
    add(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='go on from this checkpoint, by default from the newest one in the work directory',
    )
    add('--amp', action='store_true', help='mixed precision')
    add('--no-validate', action='store_true', help='no evaluation while training')
    add(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate by batch size x GPUs x optim_wrapper.accumulative_counts / '
        'auto_scale_lr.base_batch_size',
    )
    return _parse(parser, argv)


def parse_test_args(argv=None) -> argparse.Namespace:
    """Arguments of ``tools/test.py``; ``sys.argv`` by default."""
    parser = Parser(description='Evaluate a pose model')
    add = parser.add_argument
    add('config', type=config, help='config: a path, or its base name')
    add('checkpoint', type=checkpoint, help='checkpoint to evaluate')
    add('--out', help='write the metrics to this .json, .yaml or .pkl file')
    add('--dump', help='write the predictions to this .pkl file')
    return _parse(parser, argv)


def _parse(parser: Parser, argv: list[str] | None) -> argparse.Namespace:
    """Add the arguments that both commands have, and parse all."""
    add = parser.add_argument
    add('--work-dir', help='where logs and results go (default: work_dirs/CONFIG)')
    add('--show-dir', help='draw predictions and save the images in this folder')
    add('--show', action='store_true', help='draw predictions in a window')
    add('--interval', type=positive, default=1, help='draw every INTERVAL-th image (default: 1)')
    add('--wait-time', type=number(), default=1, help='seconds that a window is shown (default: 1)')
    add_img_size(parser)
    add('--strict', action='store_true', help='stop at the first image that cannot be read')
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
    args = parser.parse_args(argv)
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return args
