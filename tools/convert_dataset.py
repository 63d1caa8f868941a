"""YOLO-pose text labels to COCO's JSON and back: convert_dataset.py SOURCE DEST --to coco|yolo"""

import sys

from mmpose_lrfg.cli.arguments import Parser, existing_file, existing_folder, whole
from mmpose_lrfg.utils.errors import command
from mmpose_lrfg.utils.progress import Progress


def parse_args():
    parser = Parser(
        description='Convert labels of poses between YOLO text (data.yaml) and COCO JSON'
    )
    parser.add_argument(
        'source',
        metavar='SOURCE',
        help='to coco: a data.yaml or its folder; to yolo: a COCO JSON, or a folder with train/, '
        'val/, annotations/train.json and annotations/val.json',
    )
    parser.add_argument('dest', metavar='DEST', help='a new folder')
    parser.add_argument('--to', required=True, choices=('coco', 'yolo'))
    parser.add_argument('--copy', action='store_true', help='copy images instead of linking them')
    yolo = parser.add_argument_group('to yolo')
    yolo.add_argument(
        '--images',
        type=existing_folder,
        metavar='DIR',
        help='images of a JSON (default: its folder)',
    )
    yolo.add_argument(
        '--metainfo',
        type=existing_file,
        metavar='FILE',
        help='names and mirrored pairs of keypoints (default: metainfo.py beside annotations/, as '
        'plain data, or the names in the JSON)',
    )
    yolo.add_argument(
        '--values',
        type=int,
        choices=(2, 3),
        default=3,
        help='of a keypoint: x, y, visibility (3, default), or x, y (2)',
    )
    yolo.add_argument('--digits', type=whole(1, 15), default=6, help='after the point (default: 6)')
    args = parser.parse_args()
    if args.to == 'coco' and (args.images or args.metainfo):
        parser.error('--images and --metainfo go with --to yolo')
    return args


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for MMPose.
    import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
    from mmpose_lrfg.datasets.converters import coco_to_yolo, yolo_to_coco

    with Progress('converting') as progress:
        if args.to == 'coco':
            converted = yolo_to_coco(args.source, args.dest, args.copy, progress.update)
        else:
            converted = coco_to_yolo(
                args.source, args.dest, args.images, args.metainfo, args.values, args.digits,
                args.copy, progress.update,
            )  # fmt: skip
    for part in converted:
        for note in part.notes:
            print(f'warning: {part.split}: {note}', file=sys.stderr)
        print(part.summary)
    print(f'ready: {args.dest}')


if __name__ == '__main__':
    sys.exit(main())
