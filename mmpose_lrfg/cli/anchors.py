"""Measure how well anchors match the boxes of training data, and fit better ones."""

from mmpose_lrfg.utils.errors import UserError, check_not_input

from .arguments import add_options, subject


def add_arguments(parser):
    text = 'a config; or a folder, data.yaml or COCO .json, compared with the anchors for COCO'
    parser.add_argument('data', type=subject, metavar='DATA', help=text)
    text = "input size in pixels (default: the config's, or 640)"
    add_options(parser, '--img-size', help=text)
    add_options(parser, '--seed', '--json')
    parser.renamed.update({'--size': '--img-size'})


def run(args):
    check_not_input([args.json], [args.data])
    import numpy as np

    from mmpose_lrfg.datasets.anchors import compare, letterboxed, print_comparison
    from mmpose_lrfg.engine.data import find_subject
    from mmpose_lrfg.runtime.files import write_json

    found = find_subject(args.data, None, args.img_size, ('train',))
    contents = [data.read() for data in found.data]
    parts = [letterboxed(c['annotations'], c['images'], found.input_size) for c in contents]
    boxes = np.concatenate(parts)
    if not len(boxes):
        raise UserError(f'{args.data} has no boxes to fit anchors to')
    fits = compare(boxes, found.anchors, found.ratio_thr, args.seed)
    print(f'{len(boxes)} boxes at an input of {found.input_size[1]} x {found.input_size[0]} pixels')
    print_comparison(fits)
    if args.json:
        write_json(args.json, {name: fit.to_dict() for name, fit in fits.items()})
