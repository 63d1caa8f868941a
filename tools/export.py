"""A file that runs without torch: python tools/export.py [CONFIG CHECKPOINT] --format onnx ..."""

import sys
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import (
    Parser,
    add_img_size,
    checkpoint,
    config,
    existing_folder,
    positive,
    require,
    share,
    whole,
)
from mmpose_lrfg.utils.downloads import is_web_address
from mmpose_lrfg.utils.errors import UserError, command
from mmpose_lrfg.weights import BY_NAME, DEFAULT


def parse_args():
    parser = Parser(
        description='Write a trained network as one file, decoding inside, and compare the file '
        'with PyTorch; a file that disagrees is removed'
    )
    parser.add_argument(
        'config',
        type=config,
        nargs='?',
        help='config: a path, or its base name (default: weights that ship)',
    )
    parser.add_argument('checkpoint', type=checkpoint, nargs='?', help='trained weights for it')
    parser.add_argument(
        '--weights',
        choices=tuple(BY_NAME),
        help=f'instead, weights that ship (default: {DEFAULT}); n6 is smaller, faster and rougher',
    )
    parser.add_argument(
        '--format',
        default='onnx',
        choices=('onnx', 'openvino', 'torchscript', 'tensorrt'),
        help='default: onnx',
    )
    parser.add_argument(
        '--out',
        metavar='FILE',
        help='default: beside the checkpoint (in this folder for an address or the weights that '
        'ship), under its name and the options, such as NAME-dynamic-uint8.onnx',
    )
    parser.add_argument('--overwrite', action='store_true', help='replace an existing file')
    add_img_size(parser, '--shape')
    parser.add_argument(
        '--dynamic', action='store_true', help='any number of images, any size divisible by 64'
    )
    parser.add_argument(
        '--batch', type=whole(1, 4096), default=1, help='images at a time (default: 1)'
    )
    parser.add_argument(
        '--uint8', action='store_true', help='input (N, H, W, 3) uint8, as OpenCV holds pictures'
    )
    parser.add_argument('--half', action='store_true', help='half precision: half the size')
    parser.add_argument('--int8', action='store_true', help='integers (ONNX); needs --calib')
    parser.add_argument(
        '--calib', type=existing_folder, metavar='DIR', help='typical images for --int8'
    )
    parser.add_argument(
        '--nms',
        nargs='?',
        const='fixed',
        default='none',
        choices=('none', 'fixed', 'dynamic'),
        help='NMS inside: a fixed number of people, the rest zeros, or as many as there are',
    )
    parser.add_argument('--score-thr', type=share, help="default: the config's, at least 0.01")
    parser.add_argument('--nms-thr', type=share, help="default: the config's")
    parser.add_argument(
        '--wnms-thr',
        '--merge-thr',  # of earlier versions
        type=share,
        help="IoU threshold of weighted NMS, 1 turns it off (default: the config's)",
    )
    parser.add_argument('--max-per-img', type=positive, help="default: the config's")
    parser.add_argument('--opset', type=whole(14, 20), default=17, help='of ONNX (default: 17)')
    args = parser.parse_args()
    if args.config and not args.checkpoint:
        parser.error('CONFIG and CHECKPOINT go together; without both, weights that ship are taken')
    if args.config and args.weights:
        parser.error('--weights names those that ship: not with CONFIG and CHECKPOINT')
    if args.int8 and (args.format != 'onnx' or args.half or not args.calib):
        parser.error('--int8 needs --calib DIR and --format onnx, and excludes --half')
    if args.format == 'torchscript' and args.nms != 'none':
        parser.error('--format torchscript excludes --nms')
    if args.format != 'torchscript':
        require('onnx' if args.format == 'tensorrt' else args.format, f'--format {args.format}')
    if args.int8:
        require('onnxruntime', '--int8')
    return args


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for torch.
    from mmpose_lrfg.apis.predictor import PosePredictor
    from mmpose_lrfg.deploy import ExportOptions, export
    from mmpose_lrfg.deploy.export import check_output
    from mmpose_lrfg.deploy.options import SUFFIXES

    names = ExportOptions.__dataclass_fields__
    chosen = {name: value for name, value in vars(args).items() if name in names}
    chosen['calib'] = args.calib and Path(args.calib)
    options = ExportOptions(size=args.img_size, **chosen)
    files = (args.config, args.checkpoint)
    shipped = BY_NAME[args.weights or DEFAULT]
    if not args.config:
        print(shipped.about, file=sys.stderr)
        files = shipped.files()
    beside = Path(args.checkpoint or shipped.file)
    if is_web_address(str(args.checkpoint)):
        beside = Path(beside.name)
    name = beside.stem + options.variant + SUFFIXES[args.format]
    out = Path(args.out or beside.with_name(name))
    check_output(out, options, args.overwrite, files)
    model = PosePredictor.from_files(*files, img_size=args.img_size).model
    print(export(model, out, options, overwrite=args.overwrite))
    if args.format == 'tensorrt':
        raise UserError(
            'TensorRT builds its engine on the GPU that will run it, from the file above: '
            f'trtexec --onnx={out} --saveEngine={out.with_suffix(".engine")}'
        )


if __name__ == '__main__':
    sys.exit(main())
