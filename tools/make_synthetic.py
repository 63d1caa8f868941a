"""Render a data set of synthetic people with COCO keypoint labels.

OUT/train/*.jpg, OUT/val/*.jpg, OUT/annotations/train.json, OUT/annotations/val.json and
OUT/meta.json. The same seed gives the same bytes; an interrupted run goes on when called again.
"""

import argparse
import sys

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from mmpose_lrfg.datasets.synthetic import make_dataset
from mmpose_lrfg.errors import command


def parse_args(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('out', metavar='OUT', help='folder of the data set')
    parser.add_argument('--train', type=int, required=True, metavar='N', help='training images')
    parser.add_argument('--val', type=int, required=True, metavar='M', help='validation images')
    parser.add_argument('--seed', type=int, default=0, metavar='S', help='default 0')
    parser.add_argument('--size', type=int, default=320, help='side in pixels, default 320')
    parser.add_argument('--workers', type=int, default=2, help='processes, default 2')
    parser.add_argument(
        '--overwrite', action='store_true', help='replace a data set made with other arguments'
    )
    return parser.parse_args(argv)


@command
def main(argv=None):
    args = parse_args(argv)
    columns = (
        TextColumn('rendering'),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn('left'),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as bar:
        # Shown once there is work: an error or a complete folder needs no bar.
        task = bar.add_task('images', total=None, visible=False)
        written = make_dataset(
            args.out, args.train, args.val, args.seed, args.size, args.workers, args.overwrite,
            lambda done, total: bar.update(task, completed=done, total=total, visible=True),
        )  # fmt: skip
    if written:
        print(f'{args.train} + {args.val} images in {args.out}')
    else:
        print(f'{args.out} is complete already; nothing to do')


if __name__ == '__main__':
    sys.exit(main())
