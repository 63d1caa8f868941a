"""Size and cost of networks: python tools/model_stats.py CONFIG... [--shape H W] [--json FILE]"""

import sys
from dataclasses import asdict

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import ImgSize, Parser, whole
from mmpose_lrfg.utils.errors import check_not_input, command


def parse_args():
    parser = Parser(
        description='Parameters and multiply-adds (MACs) of networks, whole and by part'
    )
    parser.add_argument(
        'configs', nargs='+', metavar='CONFIG', help='a path, a base name, or mmpose::PATH'
    )
    parser.add_argument(
        '--shape',
        nargs='+',
        type=whole(1, 16384),
        action=ImgSize,
        metavar=('H', 'W'),
        help='height and width of the image in pixels (default: as in the config)',
    )
    parser.add_argument('--json', metavar='FILE', help='write the numbers to this file too')
    return parser.parse_args()


@command
def main():
    args = parse_args()
    check_not_input([args.json], args.configs)
    # After parsing: --help and a wrong argument need not wait for torch.
    from mmpose_lrfg.benchmark.complexity import measure_config, print_complexity
    from mmpose_lrfg.runtime.files import write_json

    rows = [measure_config(config, args.shape) for config in args.configs]
    print_complexity(rows)
    if args.json:
        write_json(args.json, [asdict(row) for row in rows])


if __name__ == '__main__':
    sys.exit(main())
