"""Convert a checkpoint of YOLO-Pose: lrfg convert yolopose SRC DST [--into CONFIG]

Nothing in SRC is run, and YOLO-Pose's code need not be installed.
"""

from mmpose_lrfg.utils.errors import check_new, check_not_input

from .arguments import add_options, config, existing_file


def add_arguments(parser):
    add = parser.add_argument
    text = '.pt of YOLO-Pose, a state dict, or an .npz'
    add('src', type=existing_file, metavar='SRC', help=text)
    add('dst', metavar='DST', help='checkpoint (.pth) to write')
    text = 'expected size of the network (default: auto, any)'
    add('--size', choices=['auto', 's6', 'm6', 'l6'], default='auto', help=text)
    text = (
        "network to start from SRC's weights, for training with load_from=DST; SRC may also be a "
        'person detector of YOLOv5-P6'
    )
    add('--into', type=config, metavar='CONFIG', help=text)
    add_options(parser, '--overwrite')


def run(args):
    check_not_input([args.dst], [args.src])
    check_new(args.dst, args.overwrite)
    from mmpose_lrfg.checkpoints import convert, transfer

    if args.into:
        print(transfer.transfer(args.src, args.dst, args.into, args.size))
    else:
        print(convert.describe(convert.convert(args.src, args.dst, args.size)))
    print(f'written: {args.dst}')
