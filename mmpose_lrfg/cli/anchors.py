"""Measure how well anchors match the training boxes, and fit better ones"""

from mmpose_lrfg.utils.errors import UserError

from .arguments import add_options, count, subject


def add_arguments(parser):
    add = parser.add_argument
    text = 'COCO annotations (.json), a folder with train and val, or a config'
    add('subject', type=subject, metavar='DATA', help=text)
    add_options(parser, '--img-size')
    add('--fit', action='store_true', help='fit anchors even if 98 %% of the boxes match')
    text = 'number of mutations tried (default: 1000)'
    add('--generations', type=count, default=1000, metavar='N', help=text)
    add_options(parser, '--seed')
    parser.renamed['--size'] = '--img-size'


def run(args):
    # After parsing: --help and a wrong argument need not wait for torch.
    from mmpose_lrfg.datasets.anchors import letterboxed, print_fits
    from mmpose_lrfg.datasets.coco_json import read_coco
    from mmpose_lrfg.engine.data import find_subject

    subject = find_subject(args.subject, size=args.img_size, splits=('train',))
    contents = [read_coco(data.ann_file) for data in subject.data]
    boxes = [letterboxed(c['annotations'], c['images'], subject.input_size) for c in contents]
    if not sum(map(len, boxes)):
        raise UserError(f'{subject.data[0].ann_file} has no boxes to fit anchors to')
    print_fits(boxes, subject, args.fit, args.generations, args.seed)
