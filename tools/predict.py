"""Poses on images and videos: python tools/predict.py SOURCE... --config C --checkpoint P ...

Or with a file of tools/export.py: python tools/predict.py SOURCE... --model FILE.onnx ...
"""

import argparse
import sys
import tempfile
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.errors import command


def parse_args():
    parser = argparse.ArgumentParser(
        description='Find the poses on images and videos: draws them and writes one JSON'
    )
    parser.add_argument(
        'sources', nargs='+', metavar='SOURCE', help='image, video, folder (with subfolders), glob'
    )
    parser.add_argument('--config', help='config: a path, or its base name')
    parser.add_argument('--checkpoint', help='trained weights')
    parser.add_argument(
        '--model', metavar='FILE', help='instead of both: an .onnx or .xml file of tools/export.py'
    )
    parser.add_argument(
        '--runtime',
        choices=('torch', 'onnx', 'openvino'),
        help="what runs the network (default: torch, or what the model's suffix says)",
    )
    parser.add_argument('--out-dir', required=True, help='for the drawn images and videos')
    parser.add_argument(
        '--json',
        metavar='FILE',
        help='for the detections, as in COCO result files (default: OUT_DIR/predictions.json)',
    )
    parser.add_argument('--device', default='cpu', help='cpu (default), cuda, cuda:1')
    parser.add_argument('--batch-size', type=int, default=8, help='images at a time (default: 8)')
    parser.add_argument(
        '--score-thr',
        type=float,
        default=0.3,
        help='leave out people that score less, in JSON too (default: 0.3; 0.01 to compute AP)',
    )
    parser.add_argument(
        '--keypoint-thr',
        type=float,
        default=0.3,
        help='do not draw keypoints that score less; the JSON has all (default: 0.3)',
    )
    parser.add_argument(
        '--strict', action='store_true', help='stop at the first image that does not decode'
    )
    args = parser.parse_args()
    if args.model and (args.config or args.checkpoint):
        parser.error('--model stands for --config and --checkpoint: give one or the others')
    if not args.model and not (args.config and args.checkpoint):
        parser.error('give --config and --checkpoint, or --model')
    if args.model and args.runtime == 'torch':
        parser.error('--runtime torch needs --config and --checkpoint, not --model')
    return args


def load(args):
    """What turns images into poses, by the runtime that was chosen."""
    options = (args.device, args.score_thr, args.batch_size)
    if args.model:
        from mmpose_lrfg.inference.exported import ExportedPredictor

        return ExportedPredictor(args.model, *options, args.runtime)
    from mmpose_lrfg.inference.predictor import PosePredictor

    if args.runtime in (None, 'torch'):
        return PosePredictor.from_files(args.config, args.checkpoint, *options)
    from mmpose_lrfg.deploy import ExportOptions, export
    from mmpose_lrfg.inference.exported import ExportedPredictor

    model = PosePredictor.from_files(args.config, args.checkpoint).model
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'network.onnx')
        export(model, path, ExportOptions(uint8=True, dynamic=True))
        return ExportedPredictor(path, *options, args.runtime)


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for torch.
    from mmpose_lrfg.inference.run import Summary, predict_sources
    from mmpose_lrfg.inference.sources import find_sources
    from mmpose_lrfg.inference.writer import ResultWriter

    out_dir = Path(args.out_dir)
    json_path = Path(args.json or out_dir / 'predictions.json')
    sources = find_sources(args.sources, results=out_dir)
    predictor = load(args)
    writer, summary = ResultWriter(out_dir, json_path, sources, args.keypoint_thr), Summary()
    try:
        with writer:
            predict_sources(predictor, sources, writer, args.batch_size, args.strict, summary)
    finally:
        print(f'{summary}; drawn in {out_dir}, listed in {json_path}', file=sys.stderr)


if __name__ == '__main__':
    sys.exit(main())
