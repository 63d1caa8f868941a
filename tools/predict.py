"""Predict poses on images, videos and streams: python tools/predict.py SOURCE... --out-dir DIR

With released weights, --config C --checkpoint P, or --model FILE of tools/export.py.
A camera, with a window: python tools/predict.py webcam:0 --model FILE.onnx --show --track bytetrack
"""

import argparse
import contextlib
import sys
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import (
    Parser,
    add_options,
    checkpoint,
    config,
    device,
    existing_file,
    positive,
    require,
    share,
    whole,
)
from mmpose_lrfg.utils.errors import check_not_input, command
from mmpose_lrfg.weights import BY_NAME, DEFAULT

PACKAGES = {'onnx': 'onnxruntime', 'openvino': 'openvino'}


def parse_args():
    parser = Parser(description='Predict poses on images, videos and streams')
    text = 'image, video, folder (with subfolders), glob; 0 or webcam:0; rtsp://, http:// ...'
    parser.add_argument('sources', nargs='+', metavar='SOURCE', help=text)
    add_network(parser.add_argument_group('network'))
    add_results(parser.add_argument_group('results'))
    add_frames(parser.add_argument_group('frames'))
    args = parser.parse_args()
    if args.model and (args.config or args.checkpoint):
        parser.error('--model excludes --config and --checkpoint')
    if bool(args.config) != bool(args.checkpoint):
        parser.error('--config and --checkpoint go together (default: released weights)')
    if args.weights and (args.model or args.config):
        parser.error('--weights names released weights; it excludes --config and --model')
    if args.model and args.runtime == 'torch':
        parser.error('--runtime torch needs --config and --checkpoint, not --model')
    if args.model and args.img_size:
        parser.error('--img-size excludes --model: an exported file has its own size')
    if not (args.out_dir or args.json or args.csv or args.show):
        parser.error('give a place for results: --out-dir, --json, --csv or --show')
    if args.save_video and not args.out_dir:
        parser.error('--save-video needs --out-dir')
    if args.smooth and not args.track:
        parser.error('--smooth needs --track: it smooths the keypoints of each person')
    suffix = Path(args.model or '').suffix.lower()
    runtime = args.runtime or {'.onnx': 'onnx', '.xml': 'openvino'}.get(suffix)
    if runtime in PACKAGES:
        require(PACKAGES[runtime], f'--runtime {runtime}')
    return args


def add_network(group):
    add = group.add_argument
    text = f'released weights (default: {DEFAULT}); n6 is smaller, faster and less accurate'
    add('--weights', choices=tuple(BY_NAME), help=text)
    add('--config', type=config, help='config: a path or its base name')
    add('--checkpoint', type=checkpoint, help='trained weights of the config')
    text = 'exported file (.onnx, .xml) instead of config and checkpoint'
    add('--model', type=existing_file, metavar='FILE', help=text)
    text = 'runtime of the network (default: torch, or by the suffix of FILE)'
    add('--runtime', choices=('torch', *PACKAGES), help=text)
    add_options(group, '--img-size')
    add('--device', type=device, default='cpu', help='cpu (default), cuda, cuda:1')
    add('--batch-size', type=whole(1, 4096), default=8, help='images per run (default: 8)')
    text = 'lowest score of a detection (default: 0.3; 0.001 to compute AP)'
    add('--score-thr', type=share, default=0.3, help=text)


def add_results(group):
    add = group.add_argument
    add('--out-dir', type=Path, metavar='DIR', help='folder for drawn images and videos')
    add('--json', metavar='FILE', help='COCO results file (default: OUT_DIR/predictions.json)')
    add('--csv', metavar='FILE', help='the same as a table')
    text = 'write drawn videos (default: of files, not of cameras and streams)'
    add('--save-video', action=argparse.BooleanOptionalAction, help=text)
    add('--show', action='store_true', help='show drawn images in a window')
    text = 'lowest score of a drawn keypoint (default: 0.3)'
    add('--keypoint-thr', type=share, default=0.3, help=text)


def add_frames(group):
    add = group.add_argument
    text = 'track people: an id each, in the results and drawn images'
    add('--track', choices=('bytetrack', 'ocsort'), help=text)
    add('--smooth', action='store_true', help='smooth keypoints (One Euro filter; needs --track)')
    add('--stride', type=positive, default=1, metavar='N', help='take every Nth frame (default: 1)')
    add('--strict', action='store_true', help='stop at the first image that cannot be decoded')


def load(args, score_thr):
    """Load the model; export it to a temporary file first where another runtime is to run it."""
    from mmpose_lrfg.apis.model_specs import ModelSpec

    if args.model:
        model = ModelSpec(Path(args.model).name, None, args.model)
    elif args.config:
        model = ModelSpec(args.config, args.config, args.checkpoint)
    else:
        name = args.weights or DEFAULT
        print(BY_NAME[name].about, file=sys.stderr)
        model = ModelSpec.from_weights(name)
    options = dict(device=args.device, score_thr=score_thr, batch_size=args.batch_size)
    if model.config and args.runtime in PACKAGES:
        from mmpose_lrfg.deploy import open_exported

        return open_exported(model, args.img_size, runtime=args.runtime, **options)
    return model.open(runtime=args.runtime, img_size=args.img_size, **options)


@command
def main():
    args = parse_args()
    # All errors in the arguments come before torch is imported and the model is loaded.
    from mmpose_lrfg.apis.run import SourceTracker, Summary, predict_sources
    from mmpose_lrfg.apis.sources import find_sources
    from mmpose_lrfg.apis.video import Display
    from mmpose_lrfg.apis.writer import ResultWriter

    json_path = args.json or (args.out_dir and args.out_dir / 'predictions.json')
    check_not_input([json_path, args.csv], [args.model, args.config, args.checkpoint])
    sources = find_sources(args.sources, results=args.out_dir)
    tracker = SourceTracker(args.track, args.score_thr, args.smooth) if args.track else None
    with contextlib.closing(Display()) if args.show else contextlib.nullcontext() as display:
        writer = ResultWriter(
            args.out_dir,
            json_path,
            sources,
            keypoint_thr=args.keypoint_thr,
            csv_path=args.csv,
            save_video=args.save_video,
            show=display.offer if display else None,
        )
        predictor = load(args, tracker.detect_thr if tracker else args.score_thr)
        options = dict(batch_size=args.batch_size, stride=args.stride, strict=args.strict)
        summary = Summary()
        try:
            with writer:
                predict_sources(
                    predictor, sources, writer, summary, tracker=tracker, display=display, **options
                )
        finally:
            files = [str(path) for path in (args.out_dir, json_path, args.csv) if path]
            results = f'; results in {", ".join(files)}' if files else ''
            print(f'{summary}{results}', file=sys.stderr)


if __name__ == '__main__':
    sys.exit(main())
