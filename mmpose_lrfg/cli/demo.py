"""Predict on photographs, then train, evaluate and draw on rendered people, in five minutes"""

from pathlib import Path

from .arguments import add_options


def add_arguments(parser):
    add_options(parser, '--out', default='outputs/demo', help='folder (default: outputs/demo)')
    add_options(parser, '--epochs')
    text = 'the longer demo: more and larger images, ten minutes'
    parser.add_argument('--full', action='store_true', help=text)
    text = 'random weights instead of the released ones'
    parser.add_argument('--from-scratch', action='store_true', help=text)


def run(args):
    from mmpose_lrfg import demo

    demo.run(Path(args.out), args.epochs, args.full, args.from_scratch)
