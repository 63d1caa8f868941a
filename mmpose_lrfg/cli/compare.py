"""Predictions of several models side by side

With --data, annotations come first, errors are marked, and sheets show the worst and best images
and those on which the models differ most. Without, IMAGES are drawn in their order.

lrfg compare photographs/ --models s6 n6 --out compared
"""

from mmpose_lrfg.utils.errors import UserError, check_not_input

from .arguments import add_options, positive


def add_arguments(parser):
    add = parser.add_argument
    text = 'images, folders, globs without annotations'
    add('images', nargs='*', metavar='IMAGES', help=text)
    add_options(parser, '--data', '--img-dir')
    add(
        '--models',
        nargs='+',
        default=['s6', 'n6'],
        metavar='MODEL',
        help='s6 or n6 (released weights), CONFIG:CHECKPOINT, an exported .onnx or .xml, or a '
        '.json of COCO results; LABEL=MODEL names it (default: s6 n6)',
    )
    text = 'folder of images and predictions'
    add_options(parser, '--out', required=True, metavar='DIR', help=text)
    add('--top', type=positive, default=6, metavar='N', help='images of a sheet (default: 6)')
    add_options(parser, '--limit', help='take only the first N images of --data')
    text = (
        'lowest score of a person (default with --data: where the F1 of each model is best; '
        'without: 0.3)'
    )
    add_options(parser, '--score-thr', default=None, help=text)
    add_options(parser, '--device', '--batch-size', '--json')
    parser.renamed |= {'--gallery': '--top', '--rows': '--top', '--count': '--top',
                       '--against': '--models'}  # fmt: skip


def run(args):
    if bool(args.images) == bool(args.data):
        raise UserError('give either IMAGES or --data DATA')
    check_not_input([args.json], [*args.images, args.data, *args.models])
    from pathlib import Path

    from mmpose_lrfg.benchmark import side_by_side as sides
    from mmpose_lrfg.benchmark.data import open_labels
    from mmpose_lrfg.runtime.files import write_json

    out = Path(args.out)
    if args.data:
        data = open_labels(args.data, args.img_dir)
        images, models = sides.compare_labelled(
            data, args.models, out, args.limit, args.score_thr, args.device, args.batch_size
        )
        written = sides.write_sheets(images, models, out, args.top)
        tables = sides.error_tables(models)
        for table in tables:
            table.print()
        content = dict(images=len(images), models=tables[0].rows)
    else:
        score_thr = 0.3 if args.score_thr is None else args.score_thr
        written, people = sides.compare_unlabelled(
            args.images, args.models, out, score_thr, args.device, args.batch_size
        )
        content = dict(score_thr=score_thr, people=people)
    if args.json:
        write_json(args.json, content)
    print(*written, sep='\n')
