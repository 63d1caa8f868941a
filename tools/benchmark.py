"""The paper's comparison, measured: python tools/benchmark.py [--models NAME ...] [--list]

Every model runs in a process of its own, all in rounds, so that what disturbs the machine disturbs
all alike.
"""

import sys

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import Parser, config, device, number, whole
from mmpose_lrfg.utils.errors import UserError, command


def parse_args():
    parser = Parser(
        description='Size, speed, memory and accuracy of pose estimators, one row a model'
    )
    add = parser.add_argument
    add(
        '--models',
        nargs='+',
        default=['small'],
        metavar='NAME',
        help='models or groups, NAME@FORMAT for one that is exported (onnx, openvino-int8, ...)',
    )
    add('--list', action='store_true', help='show the models and groups, and do nothing')
    add(
        '--shape',
        nargs='+',
        type=whole(1, 16384),
        metavar=('H', 'W'),
        help="input (default: each model's)",
    )
    add('--device', type=device, default='cpu', help='cpu (default), cuda, cuda:1')
    add('--runtime', default='torch', choices=('torch', 'onnx', 'openvino', 'tensorrt'))
    add('--checkpoint', nargs='+', default=[], metavar='NAME=FILE', help='weights of models')
    add('--data', type=config, metavar='CONFIG', help='evaluate those weights on its test data')
    add(
        '--batch',
        nargs='+',
        type=whole(1, 4096),
        default=[1],
        help='of the network alone (default: 1)',
    )
    add(
        '--people', nargs='+', type=whole(0, 1000), default=[5], help='in the pictures (default: 5)'
    )
    add(
        '--image',
        nargs=2,
        type=whole(64, 16384),
        default=(480, 640),
        metavar=('H', 'W'),
        help='pictures',
    )
    add('--sweep', choices=('people', 'size'), help='how the time grows with people, or with size')
    add('--fused', action='store_true', help='fold BatchNorm for all models, not ours alone')
    add('--threads', type=whole(1, 1024), default=1, help='of a CPU (default: 1)')
    add('--rounds', type=whole(1, 10_000), default=10, help='default: 10')
    add('--together', type=whole(1, 256), default=8, help='processes alive at a time (default: 8)')
    add('--timeout', type=number(1), default=900, help='seconds a model may take for one answer')
    add('--counts', action='store_true', help='parameters and multiply-adds only; nothing is timed')
    add('--json', metavar='FILE', help='write everything')
    add('--csv', metavar='FILE', help='write the table')
    add('--markdown', metavar='FILE', help='write the table')
    add('--plot', metavar='FILE', help='draw accuracy against time and size, or the sweep')
    args = parser.parse_args()
    if args.shape and len(args.shape) > 2:
        parser.error('--shape takes a height and a width, or one number for both')
    return args


def read_settings(args):
    """Settings from the command line."""
    from mmpose_lrfg.benchmark.speed.settings import Settings
    from mmpose_lrfg.benchmark.zoo import select

    checkpoints = {}
    for pair in args.checkpoint:
        name, mark, file = pair.partition('=')
        if not mark or not file:
            raise UserError(f'--checkpoint takes NAME=FILE, not {pair}')
        checkpoints[name] = file
    if args.data and not checkpoints:
        raise UserError('--data evaluates checkpoints: give --checkpoint NAME=FILE, too')
    return Settings(
        entries=select(args.models),
        shape=(args.shape[0], args.shape[-1]) if args.shape else None,
        device=args.device,
        runtime=args.runtime,
        threads=args.threads,
        checkpoints=checkpoints,
        data=args.data,
        batches=tuple(args.batch),
        people=tuple(args.people),
        image=tuple(args.image),
        rounds=args.rounds,
        together=args.together,
        timeout=args.timeout,
        fused=args.fused,
    )


def measure(args, settings):
    """Rows and, of a sweep, points."""
    from mmpose_lrfg.benchmark.speed.counts import count_all
    from mmpose_lrfg.benchmark.speed.progress import shown
    from mmpose_lrfg.benchmark.speed.session import run
    from mmpose_lrfg.benchmark.speed.sweep import sweep

    with shown() as on_progress:
        if args.counts:
            return count_all(settings, on_progress), None
        if args.sweep:
            return sweep(args.sweep, settings, on_progress=on_progress)
        return run(settings, on_progress=on_progress), None


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for torch.
    if args.list:
        from mmpose_lrfg.benchmark.speed.listing import print_models

        print_models()
        return
    from mmpose_lrfg.benchmark.speed import plots, report, sweep

    settings = read_settings(args)
    rows, points = measure(args, settings)
    report.print_table(rows, settings)
    if args.json:
        report.write_results(args.json, rows, settings, points)
    if args.csv:
        report.write(args.csv, report.to_csv(rows, settings))
    if args.markdown:
        report.write(args.markdown, report.to_markdown(rows, settings))
    if args.plot and points is not None:
        plots.plot_sweep(points, sweep.LABELS[args.sweep], args.plot)
    elif args.plot:
        plots.plot_trade_off(rows, args.plot)


if __name__ == '__main__':
    sys.exit(main())
