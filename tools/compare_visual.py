"""The same images by several models side by side, with what is wrong marked.

With --data, the labels come first and images are ranked by how much the models differ in OKS; a
legend says which mark means what. Without labels, the images are drawn in their order.
"""

import sys
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import Parser, device, existing_folder, positive, share, whole
from mmpose_lrfg.utils.errors import command


def parse_args():
    parser = Parser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('images', nargs='*', metavar='IMAGES', help='images, folders, globs without labels')
    add('--data', metavar='JSON', help='or: COCO keypoint labels, or a folder as for training')
    beside = 'images of --data (default: found beside it)'
    add('--img-dir', type=existing_folder, metavar='DIR', help=beside)
    add(
        '--models',
        nargs='+',
        required=True,
        metavar='MODEL',
        help='CONFIG:CHECKPOINT, an exported .onnx or .xml, or a .json of COCO results; '
        'LABEL=MODEL names it in the output',
    )
    add('--out', required=True, metavar='DIR', help='for images, rankings and predictions')
    add(
        '--gallery',
        choices=('single', 'crowd', 'all', 'each'),
        default='each',
        help='images of one person, of four or more, all; each (default): single and crowd',
    )
    add('--top', type=positive, default=24, help='images of a gallery (default: %(default)s)')
    add('--rows', type=whole(1, 100), default=6, help='of these on one sheet (default: 6)')
    add('--limit', type=positive, metavar='N', help='take only the first N images of --data')
    add(
        '--score-thr',
        type=share,
        help='discard detections that score less (default with labels: where the F1 of each model '
        'is best; without: 0.3)',
    )
    add('--device', type=device, default='cpu', help='cpu (default), cuda, cuda:1')
    add('--batch-size', type=whole(1, 4096), default=8, help='images at a time (default: 8)')
    args = parser.parse_args()
    if bool(args.images) == bool(args.data):
        parser.error('give either IMAGES or --data JSON')
    return args


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for torch.
    from mmpose_lrfg.benchmark.predictions import diagnose_models
    from mmpose_lrfg.benchmark.visual import compare_unlabelled, write_galleries

    out = Path(args.out)
    if args.images:
        score_thr = 0.3 if args.score_thr is None else args.score_thr
        written = compare_unlabelled(
            args.images, args.models, out, score_thr, args.device, args.batch_size
        )
    else:
        images, models = diagnose_models(
            args.models, args.data, out, args.img_dir, args.limit, args.score_thr, args.device,
            args.batch_size,
        )  # fmt: skip
        names = ('single', 'crowd') if args.gallery == 'each' else (args.gallery,)
        written = write_galleries(images, models, out, names, args.top, args.rows)
    print(*written, sep='\n')


if __name__ == '__main__':
    sys.exit(main())
