"""Train a model: python tools/train.py CONFIG [--work-dir DIR] [--resume] ..."""

import argparse
import sys

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.errors import command


def parse_args():
    from mmpose_lrfg.engine.arguments import add_shared_arguments, parse

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
        help='scale the learning rate by batch size / auto_scale_lr.base_batch_size',
    )
    add_shared_arguments(parser)
    return parse(parser)


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for torch.
    from mmpose_lrfg.engine.launch import train

    return train(args)


if __name__ == '__main__':
    sys.exit(main())
