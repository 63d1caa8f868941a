"""Check a folder of COCO people and link it into the data/coco that the configs read.

SOURCE holds train/, val/, annotations/train.json and annotations/val.json, or the same under
COCO's own names (train2017/, annotations/person_keypoints_train2017.json and so on). Every image
is decoded and every label checked before anything is written; doing it again is harmless.
"""

import sys

from mmpose_lrfg.cli.arguments import Parser, existing_file, existing_folder, whole
from mmpose_lrfg.utils.errors import command
from mmpose_lrfg.utils.progress import Progress


def parse_args(argv=None):
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument('source', type=existing_folder, metavar='SOURCE', help='the folder')
    parser.add_argument(
        'dest', metavar='DEST', nargs='?', default='data/coco', help='default %(default)s'
    )
    parser.add_argument(
        '--ids',
        type=existing_file,
        metavar='FILE',
        help='take only the images with these ids: one a line, or a JSON list; a set (train or '
        'val) that has none of them is taken whole',
    )
    parser.add_argument('--copy', action='store_true', help='copy the files instead of linking')
    parser.add_argument('--workers', type=whole(1, 256), help='threads, default one a processor')
    return parser.parse_args(argv)


@command
def main(argv=None):
    args = parse_args(argv)
    # After parsing: --help need not wait for OpenCV.
    from mmpose_lrfg.datasets.coco_subset import prepare, read_ids

    ids = read_ids(args.ids) if args.ids else None
    with Progress('decoding') as progress:
        splits = prepare(args.source, args.dest, ids, args.copy, args.workers, progress.update)
    for split in splits:
        for warning in split.warnings:
            print(f'warning: {split.annotations}: {warning}', file=sys.stderr)
        print(f'{split}{" (a part)" if split.cut else ""}')
    print(f'ready: {args.dest}')


if __name__ == '__main__':
    sys.exit(main())
