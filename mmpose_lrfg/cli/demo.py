"""Predict on photographs, then train, evaluate and draw on rendered people, in five minutes"""

from pathlib import Path

from .arguments import add_options


def add_arguments(parser):
    add_options(parser, '--out', help='folder (default: outputs/demo, or outputs/demo-full)')
    text = 'the longer demo: more and larger images, ten minutes'
    parser.add_argument('--full', action='store_true', help=text)
    add_options(parser, '--overwrite', help='replace a data set of another demo in --out')


def run(args):
    from mmpose_lrfg import demo

    out = args.out or ('outputs/demo-full' if args.full else 'outputs/demo')
    demo.run(Path(out), demo.FULL if args.full else demo.SHORT, args.overwrite)
