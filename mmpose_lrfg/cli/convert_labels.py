"""Convert labels between YOLO-pose text (data.yaml) and COCO .json, in either direction.

lrfg convert labels my_yolo_data my_coco_data --to coco
"""

import sys

from mmpose_lrfg.utils.errors import UserError

from .arguments import add_options, whole


def add_arguments(parser):
    add = parser.add_argument
    text = 'to coco: data.yaml or its folder; to yolo: COCO .json, or a folder with annotations/'
    add('source', metavar='SOURCE', help=text)
    add('dest', metavar='DEST', help='a new folder')
    add('--to', required=True, choices=('coco', 'yolo'), help='format to write')
    add('--copy', action='store_true', help='copy images instead of linking to them')
    text = 'to yolo: folder of the images of a .json (default: found)'
    add_options(parser, '--img-dir', help=text)
    add('--digits', type=whole(1, 15), default=6, help='to yolo: decimals (default: 6)')
    parser.renamed.update({'--images': '--img-dir'})


def run(args):
    if args.to == 'coco' and args.img_dir:
        raise UserError('--img-dir is an option of --to yolo')
    from mmpose_lrfg.datasets.converters import coco_to_yolo, yolo_to_coco

    if args.to == 'coco':
        converted = yolo_to_coco(args.source, args.dest, args.copy)
    else:
        converted = coco_to_yolo(args.source, args.dest, args.img_dir, args.digits, args.copy)
    for part in converted:
        for note in part.notes:
            print(f'warning: {part.split}: {note}', file=sys.stderr)
        print(part.summary)
    print(f'written: {args.dest}')
