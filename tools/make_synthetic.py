"""Render a data set of synthetic people with COCO keypoint labels.

OUT/train/*.jpg, OUT/val/*.jpg, OUT/annotations/train.json, OUT/annotations/val.json and
OUT/meta.json. The same seed gives the same bytes; an interrupted run goes on when called again.
"""

import sys

from mmpose_lrfg.cli.arguments import Parser, count, number, whole
from mmpose_lrfg.synthetic import SceneConfig, make_dataset
from mmpose_lrfg.utils.errors import UserError, command
from mmpose_lrfg.utils.progress import Progress


def parse_args(argv=None):
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument('out', metavar='OUT', help='folder of the data set')
    parser.add_argument('--train', type=count, required=True, metavar='N', help='training images')
    parser.add_argument('--val', type=count, required=True, metavar='M', help='validation images')
    parser.add_argument(
        '--seed', type=whole(0, 2**32 - 1), default=0, metavar='S', help='default 0'
    )
    parser.add_argument(
        '--size', type=whole(32, 16384), default=320, help='side in pixels, default 320'
    )
    parser.add_argument('--workers', type=whole(1, 256), default=2, help='processes, default 2')
    parser.add_argument(
        '--people',
        type=whole(0, 1000),
        nargs=2,
        metavar=('MIN', 'MAX'),
        help='in an image, default a mix',
    )
    parser.add_argument(
        '--scale',
        type=number(0.05, 100),
        nargs=2,
        metavar=('MIN', 'MAX'),
        help='height of the main person over that of the image, default 0.16 1.9',
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='replace a data set made with other arguments'
    )
    return parser.parse_args(argv)


def scene_config(args):
    """What was asked for, or None for everything."""
    for name, least in (('people', 0), ('scale', 0.05)):
        asked = getattr(args, name)
        if asked and not least <= asked[0] <= asked[1]:
            raise UserError(f'--{name} {asked[0]} {asked[1]}: needs {least} <= MIN <= MAX')
    asked = {n: tuple(getattr(args, n)) for n in ('people', 'scale') if getattr(args, n)}
    return SceneConfig(**asked) if asked else None


@command
def main(argv=None):
    args = parse_args(argv)
    scene = scene_config(args)
    with Progress('rendering') as progress:
        written = make_dataset(
            args.out, args.train, args.val, args.seed, args.size, args.workers, args.overwrite,
            progress.update, scene,
        )  # fmt: skip
    if written:
        print(f'{args.train} + {args.val} images in {args.out}')
    else:
        print(f'{args.out} is complete already; nothing to do')


if __name__ == '__main__':
    sys.exit(main())
