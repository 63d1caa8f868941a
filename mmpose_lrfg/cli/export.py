"""Export a model as ONNX, OpenVINO or TorchScript: lrfg export CONFIG CHECKPOINT --dynamic

With --web a page that runs the model in a browser. The file is run and compared with PyTorch; one
that disagrees is removed.
"""

from pathlib import Path

from mmpose_lrfg.utils.errors import UserError

from .arguments import (
    add_network,
    add_options,
    existing_folder,
    network,
    positive,
    require,
    share,
    whole,
)


def add_arguments(parser):
    parser.renamed |= {
        '--shape': '--img-size', '--batch': '--batch-size', '--merge-thr': '--wnms-thr'
    }  # fmt: skip
    add = parser.add_argument
    add_network(parser)
    formats, text = ('onnx', 'openvino', 'torchscript'), 'onnx (default), openvino or torchscript'
    add('--format', choices=formats, default='onnx', metavar='FORMAT', help=text)
    text = 'the file (default: NAME-OPTIONS.onnx, such as best-uint8.onnx, beside the checkpoint; '
    text += 'in the working folder for released weights and web addresses)'
    add_options(parser, '--out', help=text)
    text = 'write a web page that runs the model to this folder (default weights: n6)'
    add('--web', metavar='DIR', help=text)
    text = "folder of onnxruntime-web for --web (default: node_modules beside the page's source)"
    add('--ort', type=existing_folder, metavar='DIR', help=text)
    add_options(parser, '--overwrite', '--img-size')
    text = 'any number of images, of any size divisible by 64'
    add('--dynamic', action='store_true', help=text)
    add_options(parser, '--batch-size', default=1, help='images per run (default: 1)')
    text = 'input (N, H, W, 3) uint8, the format of OpenCV'
    add('--uint8', action='store_true', help=text)
    add('--half', action='store_true', help='half precision')
    add('--int8', action='store_true', help='8-bit integers (ONNX); needs --calib')
    text = 'folder of typical images for --int8'
    add('--calib', type=existing_folder, metavar='DIR', help=text)
    text = 'include NMS: a fixed number of detections, padded with zeros, or all (dynamic)'
    kinds = ('none', 'fixed', 'dynamic')
    add('--nms', nargs='?', const='fixed', default='none', choices=kinds, help=text)
    text = "score threshold (default: the config's, at least 0.01)"
    add_options(parser, '--score-thr', default=None, help=text)
    text = "IoU threshold of NMS (default: the config's)"
    add('--nms-thr', type=share, metavar='T', help=text)
    text = "IoU threshold of weighted NMS; 1 turns it off (default: the config's)"
    add('--wnms-thr', type=share, metavar='T', help=text)
    text = "most detections per image (default: the config's)"
    add('--max-per-img', type=positive, metavar='N', help=text)
    text = 'ONNX opset (default: 17)'
    add('--opset', type=whole(14, 20), default=17, metavar='N', help=text)


def run(args):
    if args.format != 'torchscript':
        require(args.format, f'--format {args.format}')
    if args.int8:
        require('onnxruntime', '--int8')
        if not args.calib:
            raise UserError('--int8 needs --calib DIR, typical images')
    if args.ort and not args.web:
        raise UserError('--ort belongs to --web DIR')
    if args.web and args.out:
        raise UserError('--web DIR names the folder of the page; it excludes --out')
    if args.web and not args.config:
        args.weights = args.weights or 'n6'  # a quarter of the download of s6
    config, checkpoint = network(args)
    from mmpose_lrfg.deploy.export import export_checkpoint
    from mmpose_lrfg.deploy.options import ExportOptions

    args.calib = args.calib and Path(args.calib)
    options = ExportOptions(**{name: getattr(args, name) for name in vars(ExportOptions())})
    if args.web:
        from mmpose_lrfg.deploy.web import export_page

        print(export_page(config, checkpoint, options, args.web, args.ort, args.overwrite))
        print(f'lrfg web {args.web} serves the page')
        return
    print(export_checkpoint(config, checkpoint, options, args.out, args.overwrite))
