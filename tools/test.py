"""Evaluate a checkpoint: python tools/test.py CONFIG CHECKPOINT [--out metrics.json] ..."""

import argparse
import sys

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.errors import command


def parse_args():
    from mmpose_lrfg.engine.arguments import add_shared_arguments, parse

    parser = argparse.ArgumentParser(description='Evaluate a pose model')
    parser.add_argument('config', help='config: a path, or its base name')
    parser.add_argument('checkpoint', help='checkpoint to evaluate')
    parser.add_argument('--out', help='write the metrics to this .json, .yaml or .pkl file')
    parser.add_argument('--dump', help='write the predictions to this .pkl file')
    parser.add_argument('--badcase', action='store_true', help='look for the worst images')
    add_shared_arguments(parser)
    return parse(parser)


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for torch.
    from mmpose_lrfg.engine.launch import test

    test(args)


if __name__ == '__main__':
    sys.exit(main())
