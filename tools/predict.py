"""Poses on images and videos: python tools/predict.py SOURCE... --out-dir DIR

By the weights that ship, those of --config C --checkpoint P, or --model, a file of tools/export.py.
A camera, with a window: python tools/predict.py webcam:0 --model FILE.onnx --show --track bytetrack
"""

import argparse
import contextlib
import sys
import tempfile
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import (
    Parser,
    add_img_size,
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

RUNTIMES = {'.onnx': 'onnx', '.xml': 'openvino'}
PACKAGES = {'onnx': 'onnxruntime', 'openvino': 'openvino'}


def parse_args():
    parser = Parser(
        description='Find the poses on images, videos and streams; draw, list and show them'
    )
    parser.add_argument(
        'sources',
        nargs='+',
        metavar='SOURCE',
        help='image, video, folder (with subfolders), glob; 0 or webcam:0; rtsp://, http:// ...',
    )
    add_network(parser.add_argument_group('network'))
    add_results(parser.add_argument_group('results'))
    add_frames(parser.add_argument_group('frames'))
    args = parser.parse_args()
    if args.model and (args.config or args.checkpoint):
        parser.error('--model stands for --config and --checkpoint: give one or the others')
    if bool(args.config) != bool(args.checkpoint):
        parser.error('--config and --checkpoint go together; without both, weights that ship run')
    if args.weights and (args.model or args.config):
        parser.error('--weights names those that ship: not with --config or --model')
    if args.model and args.runtime == 'torch':
        parser.error('--runtime torch needs --config and --checkpoint, not --model')
    if args.model and args.img_size:
        parser.error('--img-size: an exported file has its own size, so not with --model')
    if not (args.out_dir or args.json or args.csv or args.show):
        parser.error('say where results go: --out-dir, --json, --csv or --show')
    if args.save_video and not args.out_dir:
        parser.error('--save-video needs --out-dir')
    if args.smooth and not args.track:
        parser.error('--smooth needs --track: it steadies the keypoints of each person')
    runtime = args.runtime or (args.model and RUNTIMES.get(Path(args.model).suffix.lower()))
    if runtime in PACKAGES:
        require(PACKAGES[runtime], f'--runtime {runtime}')
    return args


def add_network(group):
    group.add_argument(
        '--weights',
        choices=tuple(BY_NAME),
        help=f'weights that ship (default: {DEFAULT}); n6 is smaller, faster and rougher',
    )
    group.add_argument('--config', type=config, help='instead: a config, by its path or base name')
    group.add_argument('--checkpoint', type=checkpoint, help='trained weights for it')
    group.add_argument(
        '--model',
        type=existing_file,
        metavar='FILE',
        help='instead of both: an .onnx or .xml file of tools/export.py',
    )
    group.add_argument(
        '--runtime',
        choices=('torch', 'onnx', 'openvino'),
        help="what runs the network (default: torch, or what the model's suffix says)",
    )
    add_img_size(group)
    group.add_argument('--device', type=device, default='cpu', help='cpu (default), cuda, cuda:1')
    group.add_argument(
        '--batch-size',
        type=whole(1, 4096),
        default=8,
        help='images at a time (default: 8)',
    )
    group.add_argument(
        '--score-thr',
        type=share,
        default=0.3,
        help='leave out people that score less, in lists too (default: 0.3; 0.001 to compute AP)',
    )


def add_results(group):
    group.add_argument('--out-dir', metavar='DIR', help='for the drawn images and videos')
    group.add_argument(
        '--json',
        metavar='FILE',
        help='for the detections, as in COCO result files (default: OUT_DIR/predictions.json)',
    )
    group.add_argument('--csv', metavar='FILE', help='for the same as a table')
    group.add_argument(
        '--save-video',
        action=argparse.BooleanOptionalAction,
        help='write drawn videos (default: of video files, not of cameras and streams)',
    )
    group.add_argument('--show', action='store_true', help='in a window, while they are made')
    group.add_argument(
        '--keypoint-thr',
        type=share,
        default=0.3,
        help='do not draw keypoints that score less; lists have all (default: 0.3)',
    )


def add_frames(group):
    group.add_argument(
        '--track',
        choices=('bytetrack', 'ocsort'),
        help='follow people: an id for each, in lists and pictures',
    )
    group.add_argument(
        '--smooth', action='store_true', help='steady keypoints (One Euro filter; with --track)'
    )
    group.add_argument(
        '--stride', type=positive, default=1, metavar='N', help='take every Nth frame (default: 1)'
    )
    group.add_argument(
        '--strict', action='store_true', help='stop at the first image that does not decode'
    )


def load(args, score_thr):
    """What turns images into poses, by the runtime that was chosen."""
    options = (args.device, score_thr, args.batch_size)
    if args.model:
        from mmpose_lrfg.apis.exported import ExportedPredictor

        return ExportedPredictor(args.model, *options, args.runtime)
    from mmpose_lrfg.apis.predictor import PosePredictor

    files = (args.config, args.checkpoint)
    if not args.config:
        weights = BY_NAME[args.weights or DEFAULT]
        print(weights.about, file=sys.stderr)
        files = weights.files()
    if args.runtime in (None, 'torch'):
        return PosePredictor.from_files(*files, *options, img_size=args.img_size).fused()
    from mmpose_lrfg.apis.exported import ExportedPredictor
    from mmpose_lrfg.deploy import ExportOptions, export

    model = PosePredictor.from_files(*files, img_size=args.img_size).model
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'network.onnx')
        export(model, path, ExportOptions(uint8=True, dynamic=True))
        return ExportedPredictor(path, *options, args.runtime)


@contextlib.contextmanager
def opened(args):
    """A window with --show, else None."""
    if not args.show:
        yield None
        return
    from mmpose_lrfg.apis.display import Display

    display = Display()
    try:
        yield display
    finally:
        display.close()


@command
def main():
    args = parse_args()
    # Nothing up to the display needs torch: what is wrong with the arguments shows at once.
    from mmpose_lrfg.apis.following import Follower
    from mmpose_lrfg.apis.sources import find_sources

    out_dir = Path(args.out_dir) if args.out_dir else None
    json_path = args.json or (out_dir / 'predictions.json' if out_dir else None)
    check_not_input([json_path, args.csv], [args.model, args.config, args.checkpoint])
    sources = find_sources(args.sources, results=out_dir)
    follow = Follower(args.track, args.score_thr, args.smooth) if args.track else None
    with opened(args) as display:
        from mmpose_lrfg.apis.run import RunOptions, Summary, predict_sources
        from mmpose_lrfg.apis.writer import ResultWriter

        options = RunOptions(args.batch_size, args.strict, args.stride, follow, display)
        predictor = load(args, follow.detect_thr if follow else args.score_thr)
        show = display.offer if display else None
        results = (json_path, sources, args.keypoint_thr, args.csv, args.save_video, show)
        writer, summary = ResultWriter(out_dir, *results), Summary()
        try:
            with writer:
                predict_sources(predictor, sources, writer, options, summary)
        finally:
            places = [f'drawn in {out_dir}'] if out_dir else []
            lists = [str(path) for path in (json_path, args.csv) if path]
            places += [f'listed in {" and ".join(lists)}'] if lists else []
            print('; '.join([str(summary), *places]), file=sys.stderr)


if __name__ == '__main__':
    sys.exit(main())
