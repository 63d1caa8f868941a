"""Publish a trained checkpoint: python tools/publish_model.py CHECKPOINT CONFIG OUT

It keeps the weights (averaged ones, if there are any), the keypoints' metadata and the config.
"""

import sys

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import Parser, checkpoint, config
from mmpose_lrfg.utils.errors import check_new, check_not_input, command


def parse_args(argv=None):
    parser = Parser(description='Publish a trained checkpoint')
    parser.add_argument('checkpoint', type=checkpoint, metavar='CHECKPOINT', help='of a training')
    parser.add_argument(
        'config', type=config, metavar='CONFIG', help='of the network the weights are for'
    )
    parser.add_argument('out', metavar='OUT', help='the checkpoint (.pth) to write')
    parser.add_argument(
        '--average',
        type=checkpoint,
        nargs='+',
        default=[],
        metavar='CHECKPOINT',
        help='write the mean of these and of the first one (a model soup)',
    )
    parser.add_argument('--overwrite', action='store_true', help='replace OUT if it exists')
    parser.add_argument('--full', action='store_true', help='keep 32 bits instead of 16')
    return parser.parse_args(argv)


@command
def main(argv=None):
    args = parse_args(argv)
    check_not_input([args.out], [args.checkpoint, args.config, *args.average])
    check_new(args.out, args.overwrite)
    from mmpose_lrfg.checkpoints.publish import publish

    done = publish(args.checkpoint, args.config, args.out, half=not args.full, average=args.average)
    print(
        f'{done.path}: {done.num_tensors} tensors, {done.num_bytes / 1e6:.1f} MB, '
        f'largest rounding of a weight {done.rounding:.1e}\nsha256 {done.sha256}'
    )


if __name__ == '__main__':
    sys.exit(main())
