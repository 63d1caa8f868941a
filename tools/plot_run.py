"""Figures of trainings, overlaid: python tools/plot_run.py WORK_DIR... [--out DIR]"""

import sys
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import Parser, existing_folder
from mmpose_lrfg.utils.errors import command


def parse_args():
    parser = Parser(
        description='Learning curves, precision over recall, accuracy by keypoint (all runs in one '
        'figure), label statistics, the first training batch, predictions beside labels'
    )
    parser.add_argument(
        'runs',
        type=existing_folder,
        nargs='+',
        metavar='WORK_DIR',
        help='work directory of a training',
    )
    parser.add_argument(
        '--out', metavar='DIR', help='folder of the figures (default: the work directory)'
    )
    args = parser.parse_args()
    if args.out is None and len(args.runs) > 1:
        parser.error('several runs need --out DIR')
    return args


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for matplotlib.
    from mmpose_lrfg.visualization.run import plot_run

    for figure in plot_run(args.runs, Path(args.out or args.runs[0])):
        print(figure)


if __name__ == '__main__':
    sys.exit(main())
