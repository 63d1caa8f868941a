"""Measures and fits anchors: autoanchor.py CONFIG|JSON [--size N]"""

import sys

from mmpose_lrfg.cli.arguments import Parser, count, subject, whole
from mmpose_lrfg.utils.errors import UserError, command


def parse_args():
    parser = Parser(
        description='Measure how well anchors match the training boxes, and fit better ones'
    )
    parser.add_argument(
        'subject', type=subject, metavar='CONFIG|JSON', help='a config, or COCO annotations'
    )
    parser.add_argument(
        '--size',
        type=whole(32, 16384),
        help="side of the network's input (default: the config's, or 640)",
    )
    parser.add_argument(
        '--fit', action='store_true', help='fit anchors even if 98 %% of the boxes match'
    )
    parser.add_argument(
        '--generations', type=count, default=1000, help='number of mutations tried (default: 1000)'
    )
    parser.add_argument('--seed', type=whole(0, 2**32 - 1), default=0)
    return parser.parse_args()


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for torch.
    import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
    from mmpose_lrfg.datasets.anchors import letterboxed, print_fits
    from mmpose_lrfg.datasets.coco_json import read_coco
    from mmpose_lrfg.engine.data import find_subject

    subject = find_subject(args.subject, size=args.size, splits=('train',))
    contents = [read_coco(data.ann_file) for data in subject.data]
    boxes = [letterboxed(c['annotations'], c['images'], subject.input_size) for c in contents]
    if not sum(map(len, boxes)):
        raise UserError(f'{subject.data[0].ann_file} has no boxes to fit anchors to')
    print_fits(boxes, subject, args.fit, args.generations, args.seed)


if __name__ == '__main__':
    sys.exit(main())
