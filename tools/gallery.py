"""Successes and failures of a model, chosen by rule, and its errors by kind, size and crowding.

MODEL is CONFIG CHECKPOINT, an .onnx or .xml file of lrfg export, or a .json of COCO results.
"""

import sys
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import Parser, device, existing_folder, positive, share, whole
from mmpose_lrfg.utils.errors import command


def parse_args():
    parser = Parser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('model', nargs='+', metavar='MODEL', help='CONFIG CHECKPOINT, .onnx, .xml or .json')
    add('--against', nargs='+', metavar='MODEL', help='another one beside it')
    add('--data', required=True, metavar='JSON', help='COCO keypoint labels, or a folder')
    beside = 'images of --data (default: found beside it)'
    add('--img-dir', type=existing_folder, metavar='DIR', help=beside)
    add('--out', required=True, metavar='DIR', help='for images, figures and predictions')
    add('--count', type=positive, default=6, help='images of a rule (default: %(default)s)')
    add('--limit', type=positive, metavar='N', help='take only the first N images')
    add(
        '--score-thr',
        type=share,
        help='discard detections that score less (default: where the F1 of each model is best)',
    )
    add('--device', type=device, default='cpu', help='cpu (default), cuda, cuda:1')
    add('--batch-size', type=whole(1, 4096), default=8, help='images at a time (default: 8)')
    args = parser.parse_args()
    for parts in (args.model, args.against or ['']):
        if len(parts) > 2:
            parser.error(f'a model is CONFIG CHECKPOINT or one file, not {" ".join(parts)}')
    return args


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for torch.
    from mmpose_lrfg.benchmark.gallery import write_gallery
    from mmpose_lrfg.benchmark.predictions import diagnose_models

    names = [':'.join(parts) for parts in (args.model, args.against) if parts]
    images, models = diagnose_models(
        names, args.data, args.out, args.img_dir, args.limit, args.score_thr, args.device,
        args.batch_size,
    )  # fmt: skip
    print(*write_gallery(images, models, Path(args.out), args.count), sep='\n')


if __name__ == '__main__':
    sys.exit(main())
