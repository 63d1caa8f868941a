"""Evaluate a model: lrfg val CONFIG CHECKPOINT, or lrfg val --weights s6 --data DATA"""

import os

from .arguments import add_network, add_options, add_run_options, network


def add_arguments(parser):
    add = parser.add_argument
    add_network(parser)
    text = 'data set, evaluated on its validation part (default: test data of the config)'
    add_options(parser, '--data', help=text)
    add_options(parser, '--img-size')
    add('--flip-test', action='store_true', help='average with the predictions of mirrored images')
    add_options(parser, '--batch-size', '--workers', default=None)
    text = 'folder of logs and figures (default: work_dirs/CONFIG)'
    add('--work-dir', metavar='DIR', help=text)
    text = 'write the metrics to this .json, .yaml or .pkl file'
    add('--out', '--json', dest='out', metavar='FILE', help=text)
    add('--dump', metavar='FILE', help='write the predictions to this .pkl file')
    add_run_options(parser)


def run(args):
    args.config, args.checkpoint = network(args)
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    import mmpose_lrfg.register  # noqa: F401  for MMPose's own configs too
    from mmpose_lrfg.engine.runner import test

    test(args)
