"""Options of lrfg predict for many machines, and its run on a Ray cluster."""

import argparse
import functools
import re
import sys
from collections.abc import Callable
from pathlib import Path

from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.weights import DEFAULT

from .arguments import positive, require

NOT_WITH_RAY = {
    '--json': None, '--csv': None, '--show': False, '--save-video': None, '--keypoint-thr': 0.3,
    '--line-width': None, '--hide': (), '--strict': False, '--shard': None, '--format': 'results',
    '--smooth-offline': False,
}  # fmt: skip
"""Options of a local run, and their defaults."""


def add_cluster(group):
    text = 'predict part I of N (from 1) of the sources, as 1/3; lrfg merge combines the results'
    add = group.add_argument
    add('--shard', type=part, metavar='I/N', help=text)
    text = 'where it runs: local (default), or ray, a cluster, which writes Parquet files to --out'
    add('--engine', choices=('local', 'ray'), default='local', help=text)
    text = 'cluster for --engine ray (default: $RAY_ADDRESS, or one on this machine)'
    add('--ray-address', metavar='ADDRESS', help=text)
    text = 'processes of --engine ray, each with a CPU or GPU (default: as many as there are)'
    add('--actors', type=positive, metavar='N', help=text)
    text = 'column of the images, of .parquet files as SOURCE (default: the only one with bytes)'
    add('--image-column', metavar='NAME', help=text)


def part(text: str) -> tuple[int, int]:
    """Return the two numbers of I/N."""
    match = re.fullmatch(r'([0-9]{1,6})/([0-9]{1,6})', text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise argparse.ArgumentTypeError(f'must be I/N with 1 <= I <= N, as 1/3, got {text[:40]!r}')
    return int(match[1]), int(match[2])


def check_ray(args):
    """Check the options of ``--engine ray``, and refuse those without an effect."""
    if args.engine == 'local':
        for option in ('--ray-address', '--actors', '--image-column'):
            if getattr(args, option[2:].replace('-', '_')):
                raise UserError(f'{option} is an option of --engine ray')
        return
    for option, default in NOT_WITH_RAY.items():
        if getattr(args, option[2:].replace('-', '_')) != default:
            raise UserError(f'{option} has no effect with --engine ray, which writes Parquet files')
    if not args.out:
        raise UserError(
            '--engine ray needs --out, a folder or an address such as s3://bucket/poses'
        )
    if ':' in args.device:
        raise UserError(f'Ray chooses the GPU: give --device cuda, not {args.device}')
    for package in ('ray', 'pyarrow'):
        require(package, '--engine ray')


def run_on_ray(args, out: str, open_model: Callable):
    """Predict with Ray into the folder or address ``out``.

    Args:
        args (Namespace): Of lrfg predict.
        out (str): As given, because a Path would change an address.
        open_model (Callable): Called with ``args``, it loads the network that they name.
    """
    from mmpose_lrfg.apis.ray_actor import FileNetwork, Job
    from mmpose_lrfg.apis.ray_data import predict_files
    from mmpose_lrfg.apis.run import Summary
    from mmpose_lrfg.utils.downloads import sha256_of

    path = args.model
    if args.device == 'cpu':  # not on a machine without the GPU
        path = getattr(open_model(args), 'path', None)
    model = f'{args.config} {args.checkpoint}' if args.config else args.weights or DEFAULT
    if args.model:
        model = f'{Path(args.model).name} {sha256_of(Path(args.model))[:16]}'
    names = ('score_thr', 'nms_thr', 'img_size', 'precision', 'flip_test')
    names += ('classes', 'track', 'smooth', 'stride')
    settings = {name: getattr(args, name) for name in names} | dict(model=model)
    settings['img_size'] = args.img_size and [*args.img_size]  # as JSON has it
    given = ('score_thr', 'track', 'smooth', 'classes', 'stride', 'batch_size')
    job = Job(**{name: getattr(args, name) for name in given}, settings=settings)
    summary = Summary()
    network = functools.partial(open_model, args)
    if path:
        names = ('runtime', 'device', 'precision', 'img_size', 'nms_thr', 'batch_size')
        options = {name: getattr(args, name) for name in names}
        network = FileNetwork(path, threads=1 if args.device == 'cpu' else None, **options)
    options = dict(address=args.ray_address, actors=args.actors, image_column=args.image_column)
    options['gpu'] = args.device == 'cuda'
    try:
        predict_files(args.sources, out, network, job, summary, **options)
    except BaseException:
        if summary.frames:  # which are kept
            print(f'{summary}; results in {out}', file=sys.stderr)
        raise
    print(f'{summary}; results in {out}', file=sys.stderr)
