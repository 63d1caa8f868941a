"""Reduce a checkpoint to its weights, to share it: lrfg publish CONFIG CHECKPOINT --out FILE

The averaged weights (if there are any), the metadata of the keypoints and the config are kept.
"""

import argparse

from mmpose_lrfg.utils.errors import UserError, check_new, check_not_input

from .arguments import add_options, checkpoint, config


def add_arguments(parser):
    add = parser.add_argument
    add('config', metavar='CONFIG', help='network of the weights: a path, or its base name')
    add('checkpoint', metavar='CHECKPOINT', help='checkpoint of a training')
    add('more', nargs='?', help=argparse.SUPPRESS)  # the third of the former arguments
    add_options(parser, '--out', help='checkpoint (.pth) to write')
    add('--full', action='store_true', help='keep 32 bits instead of 16')
    add_options(parser, '--overwrite')


def run(args):
    if args.config.endswith('.pth') or args.more:
        raise UserError('the arguments are CONFIG CHECKPOINT --out FILE, in this order')
    if not args.out:
        raise UserError('give the checkpoint to write with --out FILE')
    config(args.config)
    args.checkpoint = checkpoint(args.checkpoint)
    check_not_input([args.out], [args.checkpoint, args.config])
    check_new(args.out, args.overwrite)
    from mmpose_lrfg.checkpoints.publish import publish

    done = publish(args.config, args.checkpoint, args.out, half=not args.full)
    print(
        f'{done.path}: {done.num_tensors} tensors, {done.num_bytes / 1e6:.1f} MB, '
        f'largest rounding of a weight {done.rounding:.1e}\nsha256 {done.sha256}'
    )
