"""Check annotations and images before training: lrfg check DATA

The exit code is 0 without errors, 1 with errors and 2 for bad arguments.
"""

from pathlib import Path

from mmpose_lrfg.utils.errors import UserError, check_new, check_not_input

from .arguments import add_options, existing_file, subject

EXIT_WRONG = 1


def add_arguments(parser):
    add = parser.add_argument
    text = 'COCO annotations (.json), a folder with train and val, or a config'
    add('subject', type=subject, metavar='DATA', help=text)
    add_options(parser, '--img-dir')
    text = 'keypoints and classes of DATA (default: COCO for 17 keypoints)'
    add('--metainfo', type=existing_file, metavar='FILE', help=text)
    add_options(parser, '--img-size')
    add('--fix', metavar='OUT.json', help='write repaired annotations')
    add_options(parser, '--overwrite')
    add('--draw', metavar='DIR', help='draw examples of every finding')
    add_options(parser, '--json', help='write the findings to this file')
    text = 'threads that decode images (default: number of processors)'
    add_options(parser, '--workers', help=text)
    parser.renamed.update({'--images': '--img-dir', '--size': '--img-size'})


def run(args):
    # After parsing: --help and a wrong argument need not wait for torch.
    from rich.console import Console

    from mmpose_lrfg.datasets.checks import examine, repair
    from mmpose_lrfg.datasets.checks.report import conclusion, draw_findings, print_findings
    from mmpose_lrfg.engine.data import find_subject
    from mmpose_lrfg.runtime.files import write_json
    from mmpose_lrfg.utils.progress import Progress

    subject = find_subject(args.subject, args.img_dir, args.img_size)
    files = [data.ann_file for data in subject.data]
    check_not_input([args.fix, args.json], [args.subject, args.metainfo, *files])
    check_new(args.fix, args.overwrite)
    if args.fix and len(subject.data) > 1:
        listed = ', '.join(map(str, files))
        raise UserError(f'--fix repairs one file at a time; name one of {listed}')
    console, done = Console(), []
    for data in subject.data:
        metainfo = dict(from_file=args.metainfo) if args.metainfo else data.metainfo
        with Progress(f'decoding {data.name}') as progress:
            done.append(examine(
                data.ann_file, data.images, metainfo, progress.update, args.workers or None,
                input_size=subject.input_size, anchors=subject.anchors,
                ratio_thr=subject.ratio_thr,
            ))  # fmt: skip
        print_findings(done[-1], console)
        if args.draw:
            folder = Path(args.draw) if len(subject.data) == 1 else Path(args.draw, data.name)
            console.print(f'{len(draw_findings(done[-1], folder))} drawings in {folder}')
    if args.json:
        write_json(args.json, [labels.to_dict() for labels in done])
    if args.fix:
        content, changes = repair(done[0])
        write_json(args.fix, content)
        listed = ', '.join(f'{what}: {count}' for what, count in changes.items()) or 'no changes'
        console.print(f'repaired copy {args.fix} ({listed})', soft_wrap=True)
    console.print(conclusion(done))
    return EXIT_WRONG if any(labels.errors for labels in done) else 0
