"""Demo: poses on photographs; then render people, train on the CPU, evaluate, draw."""

import sys

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.utils.errors import command


@command
def main():
    from mmpose_lrfg.cli import demo

    return demo.main()


if __name__ == '__main__':
    sys.exit(main())
