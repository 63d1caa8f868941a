"""Evaluate a checkpoint: python tools/test.py CONFIG CHECKPOINT [--out metrics.json] ..."""

import sys

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import parse_test_args
from mmpose_lrfg.utils.errors import command


@command
def main():
    args = parse_test_args()
    # After parsing: --help and a wrong argument need not wait for torch.
    import mmpose_lrfg.register  # noqa: F401  for MMPose's own configs too
    from mmpose_lrfg.engine.runner import test

    test(args)


if __name__ == '__main__':
    sys.exit(main())
