"""AP by the size of the input: python tools/test_sizes.py CONFIG CHECKPOINT --shape 320 512 640"""

import sys
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import Parser, checkpoint, config, existing_folder, whole
from mmpose_lrfg.utils.errors import command


def parse_args():
    parser = Parser(
        description='Evaluate a checkpoint at several sizes of the input, with and without flip '
        'test, keypoint by keypoint. The same command again measures only what is missing.'
    )
    add = parser.add_argument
    add('config', type=config, help='config: a path, or its base name')
    add('checkpoint', type=checkpoint, help='checkpoint to evaluate')
    sides = 'sides of the square inputs (default: 320 512 640)'
    default = [320, 512, 640]
    add('--shape', nargs='+', type=whole(64, 16384), default=default, metavar='PIXELS', help=sides)
    add(
        '--flip',
        choices=('no', 'yes', 'both'),
        default='both',
        help='average with the mirrored image (default: %(default)s)',
    )
    add('--data', type=existing_folder, metavar='FOLDER', help="data set (default: the config's)")
    add('--out', type=Path, metavar='DIR', help='default: work_dirs/sizes/CONFIG')
    return parser.parse_args()


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for torch.
    from mmpose_lrfg.benchmark.input_sizes import measure_sizes

    out = args.out or Path('work_dirs/sizes', Path(args.config).stem)
    flips = dict(no=[False], yes=[True], both=[False, True])[args.flip]

    files = measure_sizes(args.config, args.checkpoint, args.shape, flips, out, args.data)
    print((out / 'table.md').read_text(), *files, sep='\n')


if __name__ == '__main__':
    sys.exit(main())
