"""Render a data set of synthetic people with COCO keypoint labels.

OUT/train/*.jpg, OUT/val/*.jpg, OUT/annotations/train.json, OUT/annotations/val.json and
OUT/meta.json. The same seed gives the same bytes; an interrupted run continues when called again.
"""

import sys

from mmpose_lrfg.cli.arguments import Parser, count, number, whole
from mmpose_lrfg.synthetic import SceneConfig, make_dataset
from mmpose_lrfg.utils.errors import command
from mmpose_lrfg.utils.progress import Progress


def parse_args():
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument('out', metavar='OUT', help='folder of the data set')
    parser.add_argument('--train', type=count, required=True, metavar='N', help='training images')
    parser.add_argument('--val', type=count, required=True, metavar='M', help='validation images')
    parser.add_argument('--seed', type=whole(0, 2**32 - 1), default=0, help='(default: 0)')
    parser.add_argument(
        '--size', type=whole(32, 16384), default=320, help='side in pixels (default: 320)'
    )
    parser.add_argument('--workers', type=whole(1, 256), default=2, help='processes (default: 2)')
    limits = dict(nargs=2, metavar=('MIN', 'MAX'))
    parser.add_argument(
        '--people', type=whole(0, 1000), **limits, help='per image (default: a mix of 0 to 8)'
    )
    parser.add_argument(
        '--scale',
        type=number(0.05, 100),
        **limits,
        help='height of the main person over that of the image (default: 0.16 1.9)',
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='replace a data set made with other arguments'
    )
    args = parser.parse_args()
    for name in ('people', 'scale'):
        low, high = getattr(args, name) or (0, 0)
        if low > high:
            parser.error(f'--{name} {low} {high}: MIN must be <= MAX')
    return args


@command
def main():
    args = parse_args()
    limits = {
        name: tuple(getattr(args, name)) for name in ('people', 'scale') if getattr(args, name)
    }
    scene = SceneConfig(**limits) if limits else None
    with Progress('rendering') as progress:
        written = make_dataset(
            args.out, args.train, args.val, args.seed, args.size, args.workers, args.overwrite,
            progress.update, scene,
        )  # fmt: skip
    if written:
        print(f'{args.train} + {args.val} images in {args.out}')
    else:
        print(f'{args.out} is already complete; nothing to do')


if __name__ == '__main__':
    sys.exit(main())
