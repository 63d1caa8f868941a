"""Train the eight networks of the paper's ablation under one budget, and write the table.

By default those of configs/ablation. The same command with --resume goes on after an interruption,
within a training too, and runs again what failed.
"""

import sys
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import Options, Parser, config, positive, whole
from mmpose_lrfg.utils.errors import command


def parse_args():
    parser = Parser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add(
        'configs',
        nargs='*',
        metavar='CONFIG',
        help='configs, or folders of them (default: configs/ablation); the last one is the full '
        'network',
    )
    add('--data', metavar='FOLDER', help="data set for all (default: the configs' own)")
    add('--epochs', type=positive, help="of every training (default: the configs' own)")
    add(
        '--seeds',
        type=whole(1, 1000),
        default=3,
        metavar='N',
        help='trainings of each (default: 3)',
    )
    add('--networks', nargs='+', metavar='NAME', help='only these, e.g. net1 net8')
    add(
        '--recipe',
        type=config,
        metavar='CONFIG',
        help='take everything but the design of the networks from this config: size, input, data, '
        'schedule; for a CPU lrfg-n6_1xb8-8e_people-320',
    )
    add('--size', choices=('n6', 's6', 'm6', 'l6'), help='depth and width of all networks')
    add('--shape', type=whole(64, 16384), metavar='PIXELS', help='side of the input')
    add('--out', default='work_dirs/ablation', metavar='DIR', help='default: %(default)s')
    add('--resume', action='store_true', help='go on with what is in --out')
    add(
        '--cfg-options',
        nargs='+',
        action=Options,
        metavar='KEY=VALUE',
        help='change settings of all configs, e.g. train_dataloader.batch_size=8',
    )
    return parser.parse_args()


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for torch.
    from mmpose_lrfg.benchmark.ablation import ablate
    from mmpose_lrfg.benchmark.config_changes import Budget, find_networks

    budget = Budget(
        args.data, args.epochs, args.shape, args.size, args.recipe, args.cfg_options or {}
    )
    names = args.configs or ['configs/ablation']
    networks, full = find_networks(names, args.networks), find_networks(names)[-1]
    written = ablate(networks, full, budget, range(args.seeds), Path(args.out), args.resume)
    print(*written, sep='\n')


if __name__ == '__main__':
    sys.exit(main())
