"""The arguments that ``tools/train.py`` and ``tools/test.py`` share.

They are MMPose's own, by the same names, so that a command line for MMPose works here.
"""

import argparse
import os

from mmengine.config import DictAction


class Options(DictAction):
    """``DictAction`` that names the argument it cannot read instead of failing on it."""

    def __call__(self, parser, namespace, values, option_string=None):
        for value in values:
            if '=' not in value:
                parser.error(f'{option_string}: expected key=value, got {value!r}')
        try:
            super().__call__(parser, namespace, values, option_string)
        except AssertionError as error:
            parser.error(f'{option_string}: {error}')


def add_shared_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of both commands to ``parser``."""
    add = parser.add_argument
    add('--work-dir', help='where logs and results go (default: work_dirs/CONFIG)')
    add('--show-dir', help='draw predictions and save the pictures in this folder')
    add('--show', action='store_true', help='draw predictions in a window')
    add('--interval', type=int, default=1, help='draw every INTERVAL-th image')
    add('--wait-time', type=float, default=1, help='seconds that a window stays')
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
    # torchrun and torch.distributed.launch spell it one way or the other.
    add('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)


def parse(parser: argparse.ArgumentParser, argv=None) -> argparse.Namespace:
    """Parse ``argv`` and pass ``--local_rank`` on in the variable that mmengine reads."""
    args = parser.parse_args(argv)
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return args


def parse_train_args(argv=None) -> argparse.Namespace:
    """Arguments of ``tools/train.py``; ``sys.argv`` by default."""
    parser = argparse.ArgumentParser(description='Train a pose model')
    parser.add_argument('config', help='config: a path, or its base name')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='go on from this checkpoint, by default from the newest one in the work directory',
    )
    parser.add_argument('--amp', action='store_true', help='mixed precision')
    parser.add_argument('--no-validate', action='store_true', help='no evaluation while training')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate by batch size x GPUs x optim_wrapper.accumulative_counts / '
        'auto_scale_lr.base_batch_size',
    )
    add_shared_arguments(parser)
    return parse(parser, argv)


def parse_test_args(argv=None) -> argparse.Namespace:
    """Arguments of ``tools/test.py``; ``sys.argv`` by default."""
    parser = argparse.ArgumentParser(description='Evaluate a pose model')
    parser.add_argument('config', help='config: a path, or its base name')
    parser.add_argument('checkpoint', help='checkpoint to evaluate')
    parser.add_argument('--out', help='write the metrics to this .json, .yaml or .pkl file')
    parser.add_argument('--dump', help='write the predictions to this .pkl file')
    parser.add_argument('--badcase', action='store_true', help='look for the worst images')
    add_shared_arguments(parser)
    return parse(parser, argv)
