"""Export a network to ONNX, OpenVINO or TorchScript: python tools/export.py CONFIG CHECKPOINT"""

import sys
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import (
    Parser,
    add_options,
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
        description='Export a trained network with its decoding, run the file and compare it with '
        'PyTorch; a file that disagrees is removed'
    )
    parser.add_argument(
        'config',
        type=config,
        nargs='?',
        help='config: a path or its base name (default: released weights)',
    )
    parser.add_argument('checkpoint', type=checkpoint, nargs='?', help='trained weights')
    parser.add_argument(
        '--weights',
        choices=tuple(BY_NAME),
        help=f'released weights (default: {DEFAULT}); n6 is smaller, faster and less accurate',
    )
    parser.add_argument(
        '--format',
        default='onnx',
        choices=('onnx', 'openvino', 'torchscript', 'tensorrt'),
        help='format of the file (default: onnx)',
    )
    parser.add_argument(
        '--out',
        metavar='FILE',
        help='default: NAME-OPTIONS.onnx, such as best-uint8.onnx, beside the checkpoint (in the '
        'working folder for released weights and web addresses)',
    )
    parser.add_argument('--overwrite', action='store_true', help='replace an existing file')
    add_options(parser, '--img-size')
    parser.add_argument(
        '--dynamic', action='store_true', help='any number of images, any size divisible by 64'
    )
    parser.add_argument(
        '--batch', type=whole(1, 4096), default=1, help='images per run (default: 1)'
    )
    parser.add_argument(
        '--uint8', action='store_true', help='input (N, H, W, 3) uint8, the format of OpenCV'
    )
    parser.add_argument('--half', action='store_true', help='half precision')
    parser.add_argument('--int8', action='store_true', help='8-bit integers (ONNX); needs --calib')
    parser.add_argument(
        '--calib', type=existing_folder, metavar='DIR', help='folder of typical images for --int8'
    )
    parser.add_argument(
        '--nms',
        nargs='?',
        const='fixed',
        default='none',
        choices=('none', 'fixed', 'dynamic'),
        help='include NMS: a fixed number of detections, padded with zeros, or all (dynamic)',
    )
    parser.add_argument(
        '--score-thr', type=share, help="score threshold (default: the config's, at least 0.01)"
    )
    parser.add_argument(
        '--nms-thr', type=share, help="IoU threshold of NMS (default: the config's)"
    )
    parser.add_argument(
        '--wnms-thr',
        '--merge-thr',
        type=share,
        help="IoU threshold of weighted NMS; 1 turns it off (default: the config's)",
    )
    parser.add_argument(
        '--max-per-img', type=positive, help="most detections per image (default: the config's)"
    )
    parser.add_argument('--opset', type=whole(14, 20), default=17, help='ONNX opset (default: 17)')
    args = parser.parse_args()
    if args.config and not args.checkpoint:
        parser.error('CONFIG and CHECKPOINT go together (default: released weights)')
    if args.config and args.weights:
        parser.error('--weights names released weights; it excludes CONFIG and CHECKPOINT')
    if args.format != 'torchscript':
        require('onnx' if args.format == 'tensorrt' else args.format, f'--format {args.format}')
    if args.int8:
        require('onnxruntime', '--int8')
        if not args.calib:
            parser.error('--int8 needs --calib DIR, typical images')
    return args


@command
def main():
    args = parse_args()
    # After parsing: --help and errors in the arguments do not wait for torch.
    from mmpose_lrfg.apis.model_specs import ModelSpec
    from mmpose_lrfg.apis.predictor import PosePredictor
    from mmpose_lrfg.deploy import ExportOptions, export
    from mmpose_lrfg.deploy.export import check_output

    args.size, args.calib = args.img_size, args.calib and Path(args.calib)
    names = ExportOptions.__dataclass_fields__
    options = ExportOptions(**{name: getattr(args, name) for name in names})
    if args.config:
        spec = ModelSpec('', args.config, args.checkpoint)
        folder = Path() if is_web_address(spec.path) else Path(spec.path).parent
    else:
        weights = args.weights or DEFAULT
        print(BY_NAME[weights].about, file=sys.stderr)
        spec, folder = ModelSpec.from_weights(weights), Path()
    out = Path(args.out or folder / f'{Path(spec.path).stem}{options.variant}{options.suffix}')
    check_output(out, options, args.overwrite, [spec.config, spec.path])
    model = PosePredictor.from_files(spec.config, spec.path, img_size=args.img_size).model
    print(export(model, out, options, overwrite=args.overwrite))
    if args.format == 'tensorrt':
        raise UserError(
            'TensorRT builds its engine on the GPU that will run it, from the file above: '
            f'trtexec --onnx={out} --saveEngine={out.with_suffix(".engine")}'
        )


if __name__ == '__main__':
    sys.exit(main())
