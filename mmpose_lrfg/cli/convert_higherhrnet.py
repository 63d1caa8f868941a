"""Convert a checkpoint of HigherHRNet: lrfg convert higherhrnet SRC DST [--config CONFIG]

SRC is of MMPose 0.x or of the authors' repository. Nothing in it is run.
"""

from mmpose_lrfg.utils.errors import check_new, check_not_input

from .arguments import add_options, existing_file


def add_arguments(parser):
    add = parser.add_argument
    add('src', type=existing_file, metavar='SRC', help='.pth of MMPose 0.x or of the authors')
    add('dst', metavar='DST', help='checkpoint (.pth) to write')
    text = 'config of the network (default: by its width, for COCO with 32 or 48 channels)'
    add_options(parser, '--config', help=text)
    add_options(parser, '--overwrite')


def run(args):
    check_not_input([args.dst], [args.src])
    check_new(args.dst, args.overwrite)
    from mmpose_lrfg.checkpoints.higherhrnet import convert

    result = convert(args.src, args.dst, args.config)
    print(
        f'HigherHRNet-W{result.cfg.model.head.in_channels}: {result.num_source_tensors} tensors '
        f'used, none left, {result.num_parameters:,} parameters'
    )
    print(f'written: {args.dst}')
