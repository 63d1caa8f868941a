"""Check annotations and images, before training.

Exit code: 0 no errors, 1 errors found, 2 wrong arguments.
"""

from pathlib import Path

from mmpose_lrfg.utils.errors import UserError, check_new, check_not_input

from .arguments import add_options, subject

EXIT_WRONG = 1


def add_arguments(parser):
    add = parser.add_argument
    text = 'folder, data.yaml or COCO .json; or a config, whose data sets are checked'
    add('data', type=subject, metavar='DATA', help=text)
    add_options(parser, '--img-dir', help='folder of the images of a .json (default: found)')
    add('--fix', metavar='OUT.json', help='write repaired annotations')
    add_options(parser, '--overwrite', help='replace OUT.json')
    add('--draw', metavar='DIR', help='draw examples of every finding')
    add_options(parser, '--json', help='write the findings to this file')
    parser.renamed.update({'--images': '--img-dir'})


def run(args):
    check_not_input([args.fix, args.json], [args.data])
    check_new(args.fix, args.overwrite)
    from mmpose_lrfg.datasets.checks import examine, repair
    from mmpose_lrfg.datasets.checks.report import conclusion, draw_findings, print_findings
    from mmpose_lrfg.engine.data import find_subject
    from mmpose_lrfg.runtime.files import write_json

    found = find_subject(args.data, args.img_dir)
    files = [data.path for data in found.data]
    check_not_input([args.fix, args.json], files)
    if args.fix and (len(files) > 1 or files[0].suffix != '.json'):
        raise UserError('--fix repairs one COCO .json; name it instead of ' + args.data)
    network = dict(input_size=found.input_size, anchors=found.anchors, ratio_thr=found.ratio_thr)
    checked = []
    for data in found.data:
        others = [labels for labels in checked if labels.seen.split != data.name]
        checked.append(examine(data, others, **network))
        one = data.path.suffix == '.json'
        print_findings(checked[-1], str(data.path) if one else f'{data.path}, {data.name}')
        if args.draw:
            folder = Path(args.draw) if len(files) == 1 else Path(args.draw, data.name)
            print(f'{draw_findings(checked[-1], folder)} drawings in {folder}')
    if args.json:
        write_json(args.json, [labels.to_dict() for labels in checked])
    if args.fix:
        content = repair(checked[0])
        write_json(args.fix, content)
        images, annotations = (len(content[part]) for part in ('images', 'annotations'))
        print(f'repaired copy {args.fix}: {images} images, {annotations} annotations')
    print(conclusion(checked))
    return EXIT_WRONG if any(labels.errors for labels in checked) else 0
