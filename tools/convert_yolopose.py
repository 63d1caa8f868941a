"""Convert a YOLO-Pose checkpoint: python tools/convert_yolopose.py SRC DST [--into CONFIG]

Nothing in SRC is run, and YOLO-Pose's code need not be installed.
"""

import sys

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import Parser, config, existing_file
from mmpose_lrfg.utils.errors import check_new, check_not_input, command


def parse_args(argv=None):
    parser = Parser(description='Convert a YOLO-Pose checkpoint to MMPose')
    source = '.pt of YOLO-Pose, a state dict, or an .npz'
    parser.add_argument('src', type=existing_file, metavar='SRC', help=source)
    parser.add_argument('dst', metavar='DST', help='the checkpoint (.pth) to write')
    parser.add_argument(
        '--size',
        choices=['auto', 's6', 'm6', 'l6'],
        default='auto',
        help='expected size of the network (default: auto, any)',
    )
    parser.add_argument(
        '--into',
        type=config,
        metavar='CONFIG',
        help="network to start from SRC's weights, for training with load_from=DST; SRC may also "
        'be a person detector of YOLOv5-P6',
    )
    parser.add_argument('--overwrite', action='store_true', help='replace DST if it exists')
    return parser.parse_args(argv)


@command
def main(argv=None):
    args = parse_args(argv)
    check_not_input([args.dst], [args.src])
    check_new(args.dst, args.overwrite)
    # Imports torch, which --help and wrong arguments do not need.
    from mmpose_lrfg.checkpoints import convert, transfer

    if args.into:
        result = transfer.transfer(args.src, args.dst, args.into, args.size)
        transfer.tabulate(result).print()
        print(
            f'{transfer.share_taken(result, result.rows):.1%} of all numbers taken; '
            f'{len(result.unused)} tensors of the source have no place here'
        )
    else:
        print(convert.describe(convert.convert(args.src, args.dst, args.size)))
    print(f'written: {args.dst}')


if __name__ == '__main__':
    sys.exit(main())
