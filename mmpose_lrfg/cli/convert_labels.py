"""Convert YOLO-pose text labels to COCO annotations, and back"""

import sys

from mmpose_lrfg.utils.errors import UserError

from .arguments import add_options, existing_file, whole


def add_arguments(parser):
    add = parser.add_argument
    add(
        'source',
        metavar='SOURCE',
        help='to coco: a data.yaml or its folder; to yolo: a COCO JSON, or a folder with train/, '
        'val/, annotations/train.json and annotations/val.json',
    )
    add('dest', metavar='DEST', help='a new folder')
    add('--to', required=True, choices=('coco', 'yolo'), help='format of DEST')
    add('--copy', action='store_true', help='copy images instead of linking them')
    text = 'to yolo: folder of the images of a JSON (default: found)'
    add_options(parser, '--img-dir', help=text)
    text = 'to yolo: names and swaps of keypoints (default: metainfo.py of the data set)'
    add('--metainfo', type=existing_file, metavar='FILE', help=text)
    text = 'to yolo: x, y, visibility (3, default), or x, y (2)'
    add('--values', type=int, choices=(2, 3), default=3, help=text)
    text = 'to yolo: digits after the point (default: 6)'
    add('--digits', type=whole(1, 15), default=6, metavar='N', help=text)
    parser.renamed['--images'] = '--img-dir'


def run(args):
    if args.to == 'coco' and (args.img_dir or args.metainfo):
        raise UserError('--img-dir and --metainfo go with --to yolo')
    # After parsing: --help and a wrong argument need not wait for MMPose.
    from mmpose_lrfg.datasets.converters import coco_to_yolo, yolo_to_coco
    from mmpose_lrfg.utils.progress import Progress

    with Progress('converting') as progress:
        if args.to == 'coco':
            converted = yolo_to_coco(args.source, args.dest, args.copy, progress.update)
        else:
            converted = coco_to_yolo(
                args.source, args.dest, args.img_dir, args.metainfo, args.values, args.digits,
                args.copy, progress.update,
            )  # fmt: skip
    for part in converted:
        for note in part.notes:
            print(f'warning: {part.split}: {note}', file=sys.stderr)
        print(part.summary)
    print(f'ready: {args.dest}')
