"""Predict poses on images, videos, cameras and streams: lrfg predict people.jpg

Results lie in outputs/predict: drawn images and videos, and predictions.json.
A camera, with a window: lrfg predict webcam:0 --show --track oks
"""

import argparse
import contextlib
import sys
from itertools import count
from pathlib import Path

from mmpose_lrfg.utils.errors import UserError, check_not_input

from .arguments import add_options, number, positive, require, share
from .cluster import add_cluster, check_ray, run_on_ray

RUNTIMES = ('auto', 'torch', 'onnx', 'openvino', 'torchscript')
FORMATS = ('results', 'coco', 'cvat', 'labelstudio')
TRACKERS = ('oks', 'bytetrack', 'botsort', 'cbiou', 'ocsort', 'sort')
PARTS = ('boxes', 'labels', 'keypoints', 'skeleton')
OUT = Path('outputs/predict')


def add_arguments(parser, track=None, out=OUT):
    parser.renamed['--out-dir'] = '--out'
    text = 'image, video, folder (with subfolders), glob; 0 or webcam:0; rtsp://, http:// ...'
    parser.add_argument('sources', nargs='+', metavar='SOURCE', help=text)
    add_model(parser.add_argument_group('model'))
    add_results(parser.add_argument_group('results'), out)
    add_frames(parser.add_argument_group('frames'), track)
    add_cluster(parser.add_argument_group('many machines'))
    parser.set_defaults(default_out=out)


def add_model(group):
    add = group.add_argument
    add_options(group, '--weights', '--config', '--checkpoint')
    add_options(group, '--model', help='exported file (.onnx, .xml, .pt) instead of a checkpoint')
    text = 'auto (default: the fastest that is installed), torch, onnx, openvino or torchscript'
    add('--runtime', choices=RUNTIMES, default='auto', metavar='RUNTIME', help=text)
    text = 'precision of the computation (default: bf16 if --runtime auto runs OpenVINO on a '
    text += 'processor that has it, else fp32)'
    add('--precision', choices=('fp32', 'bf16', 'fp16'), help=text)
    add_options(group, '--img-size', '--device', '--batch-size')
    add('--flip-test', action='store_true', help='average with the mirrored image (in torch)')
    add_options(group, '--score-thr')
    add('--nms-thr', type=share, metavar='T', help="IoU threshold of NMS (default: the model's)")
    add('--classes', nargs='+', metavar='NAME', help='keep only these classes (default: all)')


def add_results(group, out):
    add = group.add_argument
    text = f'folder of drawn images and videos (default: {out}, {out}-2, ...)'
    add_options(group, '--out', help=text)
    text = 'file of --format (default: predictions.json, annotations.json ... in --out)'
    add_options(group, '--json', help=text)
    text = 'results (default: COCO results), or annotations of images to correct: coco, cvat, '
    text += 'labelstudio'
    add('--format', choices=FORMATS, default=FORMATS[0], metavar='FORMAT', help=text)
    add_options(group, '--csv', help='the same as a table')
    text = 'write drawn videos (default: of files, not of cameras and streams)'
    add('--save-video', action=argparse.BooleanOptionalAction, help=text)
    add('--show', action='store_true', help='show drawn images in a window')
    text = 'lowest score of a drawn or annotated keypoint (default: 0.3)'
    add('--keypoint-thr', type=share, default=0.3, metavar='S', help=text)
    text = "width of links in pixels (default: by each person's size)"
    add('--line-width', type=number(0.1, 1000), metavar='W', help=text)
    text = f'what is not drawn: {", ".join(PARTS)}'
    add('--hide', nargs='+', choices=PARTS, default=(), metavar='PART', help=text)


def add_frames(group, track):
    add = group.add_argument
    text = f'tracker of people: {", ".join(TRACKERS)} (default: {track or "none"})'
    add('--track', choices=TRACKERS, default=track, metavar='TRACKER', help=text)
    add('--smooth', action='store_true', help='smooth keypoints (One Euro filter; needs --track)')
    text = 'smooth keypoints with the frames before and after, and fill short gaps; for files'
    add('--smooth-offline', action='store_true', help=text)
    add('--stride', type=positive, default=1, metavar='N', help='take every Nth frame (default: 1)')
    add_options(group, '--strict')


def check(args):
    """Check combinations of arguments, before torch is imported."""
    if bool(args.config) != bool(args.checkpoint):
        raise UserError('--config and --checkpoint go together (default: released weights)')
    if args.model and args.config:
        raise UserError('--model excludes --config and --checkpoint')
    if args.weights and (args.model or args.config):
        raise UserError('--weights names released weights; it excludes --config and --model')
    if args.model and (args.runtime == 'torch' or args.flip_test):
        raise UserError('--runtime torch and --flip-test need a checkpoint, not --model')
    if args.runtime == 'torchscript' and not args.model:
        raise UserError('--runtime torchscript needs --model FILE.pt of lrfg export')
    if (args.smooth or args.smooth_offline) and not args.track:
        name = '--smooth' if args.smooth else '--smooth-offline'
        raise UserError(f'{name} needs --track: it smooths the keypoints of each person')
    if args.smooth and args.smooth_offline:
        raise UserError('give either --smooth or --smooth-offline')
    if args.shard and (args.show or not (args.out or args.json)):
        raise UserError('--shard needs --out DIR or --json FILE, the same in all jobs, not --show')
    if args.shard and args.format != FORMATS[0]:
        raise UserError(
            f'--shard writes results, which lrfg merge reads, not --format {args.format}'
        )
    args.out = args.results = args.out and Path(args.out)
    if args.format != FORMATS[0] and (args.csv or args.show) and not (args.out or args.json):
        raise UserError(f'--format {args.format} needs --json FILE or --out DIR')
    if not (args.out or args.json or args.csv or args.show):
        args.out, args.results = free_folder(args.default_out), args.default_out.parent
    if args.save_video and not args.out:
        raise UserError('--save-video needs --out')
    for package in ('trackers', 'supervision') if args.track else ():
        require(package, f'--track {args.track}')
    if not args.model:
        require('mmpose', 'predicting without --model FILE')
    packages = dict(onnx='onnxruntime', openvino='openvino', torchscript='torch')
    if args.runtime in packages:
        require(packages[args.runtime], f'--runtime {args.runtime}')


def free_folder(folder: Path) -> Path:
    """Return the folder, or the first of ``folder-2``, ``folder-3`` ... that does not exist."""
    names = (folder.with_name(f'{folder.name}-{n}') if n > 1 else folder for n in count(1))
    return next(name for name in names if not name.exists())


def run(args):
    check_ray(args)
    out = args.out
    check(args)
    if args.engine == 'ray':
        run_on_ray(args, out, open_model)
    else:
        run_here(args)


def run_here(args):
    """Predict on this machine."""
    from mmpose_lrfg.apis import label_files
    from mmpose_lrfg.apis.run import Summary, find_classes, predict_sources, prepare
    from mmpose_lrfg.apis.shards import Shard
    from mmpose_lrfg.apis.sources import find_sources
    from mmpose_lrfg.apis.video import Display
    from mmpose_lrfg.apis.writer import ResultWriter

    name = label_files.NAMES.get(args.format, 'predictions.json')
    json_path = args.json or (args.out and args.out / name)
    check_not_input([json_path, args.csv], [args.model, args.config, args.checkpoint])
    sources = chosen = find_sources(args.sources, args.results)
    shard, whole = args.shard and Shard(*args.shard), json_path
    if shard:
        chosen = shard.pick(sources, scenes=bool(args.track))
        shard.report_path(whole).unlink(missing_ok=True)
        json_path, args.csv = shard.path(whole), args.csv and shard.path(args.csv)
    drawing = dict(keypoint_thr=args.keypoint_thr, line_width=args.line_width)
    drawing |= dict.fromkeys(args.hide, False)
    with contextlib.closing(Display()) if args.show else contextlib.nullcontext() as display:
        show = display.offer if display else None
        labels = json_path
        if json_path and args.format in label_files.NAMES:
            model = Path(args.model or args.checkpoint or args.weights or 'lrfg').stem
            labels = label_files.LabelFile(json_path, args.format, args.keypoint_thr, model)
        writer = ResultWriter(args.out, labels, sources, args.csv, args.save_video, show, **drawing)
        predictor = open_model(args)
        predict, tracker = prepare(predictor, args.score_thr, args.track, args.smooth)
        options = dict(batch_size=args.batch_size, stride=args.stride, strict=args.strict)
        options['offline'] = args.smooth_offline
        options |= dict(classes=find_classes(args.classes, predictor.skeleton), tracker=tracker)
        summary = Summary()
        try:
            try:
                with writer:
                    predict_sources(predict, chosen, writer, summary, display=display, **options)
            except UserError:
                if not shard or len(summary.skipped) < len(chosen):  # the others may be good
                    raise
            if shard:
                shard.write_report(whole, sources, chosen, writer, summary)
        finally:
            beside = getattr(labels, 'beside', None)
            files = [str(path) for path in (args.out, json_path, beside, args.csv) if path]
            text = f'; results in {", ".join(files)}' if files else ''
            print(f'{summary}{text}', file=sys.stderr)


def open_model(args):
    """Load the network that the arguments name."""
    from mmpose_lrfg.model import LRFG
    from mmpose_lrfg.weights import BY_NAME, DEFAULT

    name = args.weights or DEFAULT
    if not (args.model or args.config):
        print(BY_NAME[name].about, file=sys.stderr)
    names = ('runtime', 'device', 'precision', 'img_size', 'nms_thr', 'batch_size')
    options = {name: getattr(args, name) for name in names}
    options['flip_test'] = args.flip_test or None
    return LRFG(args.model or args.config or name, args.checkpoint).open(**options)
