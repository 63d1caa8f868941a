"""Train the eight networks of the paper's ablation under one budget, and write the table

With --resume the same command continues after an interruption, and repeats what failed.
"""

from .arguments import Options, add_options, config, whole


def add_arguments(parser):
    add = parser.add_argument
    text = 'configs or folders of them, the full network last (default: configs/ablation)'
    add('configs', nargs='*', metavar='CONFIG', help=text)
    add_options(parser, '--data', help="data set of all: a folder or data.yaml (default: config's)")
    add_options(parser, '--epochs', '--img-size')
    text = 'trainings of each network (default: 3)'
    add('--seeds', type=whole(1, 1000), default=3, metavar='N', help=text)
    add('--networks', nargs='+', metavar='NAME', help='only these, e.g. net1 net8')
    text = (
        'config of everything but the design of the networks: size, input, data, schedule; for a '
        'CPU lrfg-n6_1xb8-8e_people-320'
    )
    add('--recipe', type=config, metavar='CONFIG', help=text)
    text = 'folder of trainings and table (default: work_dirs/ablation)'
    add_options(parser, '--out', default='work_dirs/ablation', metavar='DIR', help=text)
    add_options(parser, '--resume', help='continue what is in --out')
    text = 'change settings of all configs, e.g. train_dataloader.batch_size=8'
    add('--cfg-options', nargs='+', action=Options, metavar='KEY=VALUE', help=text)
    add_options(parser, '--json')
    parser.renamed |= {'--shape': '--img-size', '--size': '--recipe with a config of that size'}


def run(args):
    from pathlib import Path

    from mmpose_lrfg.benchmark.ablation import ablate, plan
    from mmpose_lrfg.benchmark.ablation_configs import Budget, find_networks
    from mmpose_lrfg.datasets.user_data import find_user_data
    from mmpose_lrfg.engine.recipe import Changes
    from mmpose_lrfg.runtime.files import write_bytes

    out = Path(args.out)
    data = find_user_data(args.data, out) if args.data else None
    changes = Changes(data, img_size=args.img_size, epochs=args.epochs)
    budget = Budget(changes, args.recipe, args.cfg_options or {})
    names = args.configs or ['configs/ablation']
    networks, full = find_networks(names, args.networks), find_networks(names)[-1]
    jobs = plan(networks, full, budget, range(args.seeds), out)
    names = ('data', 'epochs', 'img_size', 'recipe', 'cfg_options', 'seeds')
    about = {name: str(value) for name in names if (value := getattr(args, name))}
    ablate(jobs, about, out, args.resume)
    print((out / 'table.md').read_text())
    if args.json:
        write_bytes(args.json, (out / 'table.json').read_bytes())
