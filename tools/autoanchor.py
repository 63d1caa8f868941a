"""Do the anchors fit the boxes? autoanchor.py CONFIG|JSON [--size N]"""

import argparse
import sys

from mmpose_lrfg.errors import UserError, command


def parse_args():
    parser = argparse.ArgumentParser(
        description='How well anchors fit the training boxes; better ones where they do not'
    )
    parser.add_argument('subject', metavar='CONFIG|JSON', help='a config, or COCO annotations')
    parser.add_argument(
        '--size', type=int, help="side of the network's input (default: the config's, or 640)"
    )
    parser.add_argument(
        '--fit', action='store_true', help='fit anchors even where those there are good enough'
    )
    parser.add_argument(
        '--generations', type=int, default=1000, help='random changes tried (default: 1000)'
    )
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    if args.size is not None and args.size < 32:
        parser.error('--size is 32 or more')
    if args.generations < 0:
        parser.error('--generations is 0 or more')
    return args


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for torch.
    import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
    from mmpose_lrfg.datasets import anchor_fitting as fitting
    from mmpose_lrfg.datasets.anchor_report import print_fits
    from mmpose_lrfg.datasets.coco_json import read_coco
    from mmpose_lrfg.engine.labelled_data import find_subject

    subject = find_subject(args.subject, size=args.size, splits=('train',))
    boxes = []
    for data in subject.data:
        content = read_coco(data.ann_file)
        boxes.append(
            fitting.letterboxed(content['annotations'], content['images'], subject.input_size)
        )
    if not sum(map(len, boxes)):
        raise UserError(f'{subject.data[0].ann_file} has no boxes to fit anchors to')
    print_fits(boxes, subject, args.fit, args.generations, args.seed)


if __name__ == '__main__':
    sys.exit(main())
