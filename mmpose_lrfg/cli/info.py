"""Count parameters and multiply-adds (MACs) of networks, whole and by part"""

from mmpose_lrfg.utils.errors import check_not_input

from .arguments import add_options


def add_arguments(parser):
    text = 'a path, a base name, or mmpose::PATH'
    parser.add_argument('configs', nargs='+', metavar='CONFIG', help=text)
    add_options(parser, '--img-size', '--json')
    parser.renamed['--shape'] = '--img-size'


def run(args):
    check_not_input([args.json], args.configs)
    from mmpose_lrfg.benchmark.complexity import measure_config, print_complexity
    from mmpose_lrfg.runtime.files import write_json

    rows = [measure_config(config, args.img_size) for config in args.configs]
    print_complexity(rows)
    if args.json:
        write_json(args.json, rows)
