"""Draw trainings and evaluations, several in one figure: lrfg plot WORK_DIR... --out figures"""

from mmpose_lrfg.utils.errors import UserError

from .arguments import add_options, existing_folder


def add_arguments(parser):
    text = 'work directory of a training or an evaluation'
    parser.add_argument('runs', type=existing_folder, nargs='+', metavar='WORK_DIR', help=text)
    text = 'folder of the figures (default: WORK_DIR, if it is one)'
    add_options(parser, '--out', metavar='DIR', help=text)


def run(args):
    if args.out is None and len(args.runs) > 1:
        raise UserError('several runs need --out DIR')
    from mmpose_lrfg.visualization.run import plot_run

    print(*plot_run(args.runs, args.out or args.runs[0]), sep='\n')
