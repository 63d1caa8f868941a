"""Checks a data set: check_dataset.py CONFIG|JSON [--images DIR] [--fix OUT.json]"""

import sys
from pathlib import Path

from mmpose_lrfg.cli.arguments import Parser, existing_file, existing_folder, subject, whole
from mmpose_lrfg.utils.errors import UserError, check_new, check_not_input, command

EXIT_WRONG = 1


def parse_args():
    parser = Parser(
        description='Check annotations and images before training',
        epilog='Exit code: 0 no errors, 1 errors found, 2 bad arguments.',
    )
    parser.add_argument(
        'subject', type=subject, metavar='CONFIG|JSON', help='a config, or COCO annotations'
    )
    parser.add_argument('--images', type=existing_folder, metavar='DIR', help='images of JSON')
    parser.add_argument(
        '--metainfo',
        type=existing_file,
        metavar='FILE',
        help='keypoints and classes of JSON (default: COCO for 17 keypoints)',
    )
    parser.add_argument(
        '--size',
        type=whole(32, 16384),
        help="side of the network's input in pixels (default: the config's, or 640)",
    )
    parser.add_argument('--fix', metavar='OUT.json', help='write repaired annotations')
    parser.add_argument('--overwrite', action='store_true', help='replace OUT.json')
    parser.add_argument('--draw', metavar='DIR', help='draw examples of every finding')
    parser.add_argument('--json', metavar='FILE', help='write the findings to this file')
    parser.add_argument(
        '--workers', type=whole(1, 256), help='decoding threads (default: number of processors)'
    )
    return parser.parse_args()


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for torch.
    from rich.console import Console

    import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
    from mmpose_lrfg.datasets.checks import examine, repair
    from mmpose_lrfg.datasets.checks.report import conclusion, draw_findings, print_findings
    from mmpose_lrfg.engine.data import find_subject
    from mmpose_lrfg.runtime.files import write_json
    from mmpose_lrfg.utils.progress import Progress

    subject = find_subject(args.subject, args.images, args.size)
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
                data.ann_file, data.images, metainfo, progress.update, args.workers,
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


if __name__ == '__main__':
    sys.exit(main())
