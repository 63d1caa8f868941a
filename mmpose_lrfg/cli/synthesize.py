"""Render a data set of synthetic people with COCO keypoint labels

OUT/train/*.jpg, OUT/val/*.jpg, OUT/annotations/train.json and val.json, and OUT/meta.json. The same
seed gives the same bytes; an interrupted run continues when it is called again.
"""

from mmpose_lrfg.utils.errors import UserError

from .arguments import add_options, count, number, whole


def add_arguments(parser):
    add = parser.add_argument
    add('out', metavar='OUT', help='folder of the data set')
    add('--train', type=count, required=True, metavar='N', help='training images')
    add('--val', type=count, required=True, metavar='N', help='validation images')
    text = 'height and width in pixels, or one side of a square; both are equal (default: 320)'
    add_options(parser, '--img-size', default=(320, 320), help=text)
    add_options(parser, '--seed')
    add_options(parser, '--workers', default=2, help='processes (default: 2)')
    limits = dict(nargs=2, metavar=('MIN', 'MAX'))
    text = 'per image (default: a mix of 0 to 8)'
    add('--people', type=whole(0, 1000), **limits, help=text)
    text = 'height of the main person over that of the image (default: 0.16 1.9)'
    add('--scale', type=number(0.05, 100), **limits, help=text)
    add_options(parser, '--overwrite', help='replace a data set made with other arguments')


def run(args):
    for name in ('people', 'scale'):
        low, high = getattr(args, name) or (0, 0)
        if low > high:
            raise UserError(f'--{name} {low} {high}: MIN must be <= MAX')
    height, width = args.img_size
    if height != width or not height >= 32:
        raise UserError(f'images are squares of 32 pixels or more, got {height} x {width}')
    from mmpose_lrfg.synthetic import SceneConfig, make_dataset
    from mmpose_lrfg.utils.progress import Progress

    limits = {
        name: tuple(getattr(args, name)) for name in ('people', 'scale') if getattr(args, name)
    }
    scene = SceneConfig(**limits) if limits else None
    with Progress('rendering') as progress:
        written = make_dataset(
            args.out, args.train, args.val, args.seed, height, max(1, args.workers),
            args.overwrite, progress.update, scene,
        )  # fmt: skip
    if written:
        print(f'{args.train} + {args.val} images in {args.out}')
    else:
        print(f'{args.out} is already complete; nothing to do')
