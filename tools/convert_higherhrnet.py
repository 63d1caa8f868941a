"""Convert a HigherHRNet checkpoint: python tools/convert_higherhrnet.py SRC DST [--config CONFIG]

SRC is of MMPose 0.x or of the authors' repository. Nothing in it is run.
"""

import sys

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import Parser, config, existing_file
from mmpose_lrfg.utils.errors import check_new, check_not_input, command


def parse_args(argv=None):
    parser = Parser(description='Convert a HigherHRNet checkpoint to MMPose 1.x')
    parser.add_argument(
        'src', type=existing_file, metavar='SRC', help='.pth of MMPose 0.x or of the authors'
    )
    parser.add_argument('dst', metavar='DST', help='the checkpoint (.pth) to write')
    parser.add_argument(
        '--config',
        type=config,
        metavar='CONFIG',
        help='config of the network (default: by its width, for COCO with 32 or 48 channels)',
    )
    parser.add_argument('--overwrite', action='store_true', help='replace DST if it exists')
    return parser.parse_args(argv)


@command
def main(argv=None):
    args = parse_args(argv)
    check_not_input([args.dst], [args.src])
    check_new(args.dst, args.overwrite)
    # Imports torch, which --help and wrong arguments do not need.
    from mmpose_lrfg.checkpoints.higherhrnet import convert

    result = convert(args.src, args.dst, args.config)
    print(
        f'HigherHRNet-W{result.cfg.model.head.in_channels}: {result.num_source_tensors} tensors '
        f'used, none left, {result.num_parameters:,} parameters'
    )
    print(f'written: {args.dst}')


if __name__ == '__main__':
    sys.exit(main())
