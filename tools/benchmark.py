"""Compare models in size, speed, memory and accuracy: python tools/benchmark.py --models NAME ...

Every model runs in a process of its own, in interleaved repetitions, so that a disturbance of the
machine affects all models.
"""

import sys
from dataclasses import fields

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
        help='models or groups; NAME@FORMAT for an exported one, such as net8_lrfg@openvino-int8 '
        '(default: small)',
    )
    add('--list', action='store_true', help='show the models and groups, and exit')
    add(
        '--shape',
        nargs='+',
        type=whole(1, 16384),
        metavar=('H', 'W'),
        help="height and width of the networks' input (default: each model's)",
    )
    add('--device', type=device, default='cpu', help='cpu, cuda or cuda:1 (default: cpu)')
    add('--runtime', default='torch', choices=('torch', 'onnx', 'openvino', 'tensorrt'))
    add('--checkpoint', nargs='+', default=[], metavar='NAME=FILE', help='weights of models')
    add('--data', type=config, metavar='CONFIG', help='evaluate those weights on its test data')
    add(
        '--batch',
        dest='batches',
        nargs='+',
        type=whole(1, 4096),
        default=[1],
        help='batch sizes of the network alone (default: 1)',
    )
    add(
        '--people',
        nargs='+',
        type=whole(0, 1000),
        default=[5],
        help='people in the images, one image for each number (default: 5)',
    )
    add(
        '--image',
        nargs=2,
        type=whole(64, 16384),
        default=(480, 640),
        metavar=('H', 'W'),
        help='height and width of the images (default: 480 640)',
    )
    add('--sweep', choices=('people', 'size'), help='time by number of people, or by input size')
    add('--fused', action='store_true', help='fold BatchNorm for all models, not only for ours')
    add('--threads', type=whole(1, 1024), default=1, help='CPU threads (default: 1)')
    add(
        '--repetitions',
        '--rounds',
        type=whole(1, 10_000),
        default=10,
        help='measurements of each model after a warm-up (default: 10)',
    )
    add('--together', type=whole(1, 256), default=8, help='models in memory at a time (default: 8)')
    add('--timeout', type=number(1), default=900, help='seconds for one call of a model')
    add('--counts', action='store_true', help='count parameters and multiply-adds, without timing')
    add('--json', metavar='FILE', help='write all numbers')
    add('--csv', metavar='FILE', help='write the table')
    add('--markdown', metavar='FILE', help='write the table')
    add('--plot', metavar='FILE', help='draw accuracy against time and size, or the sweep')
    args = parser.parse_args()
    if args.shape and len(args.shape) > 2:
        parser.error('--shape takes a height and a width, or one number for both')
    args.shape = args.shape and (args.shape[0], args.shape[-1])
    return args


def read_settings(args):
    """Settings from the command line."""
    from mmpose_lrfg.benchmark.speed.settings import Settings
    from mmpose_lrfg.benchmark.zoo import select

    for pair in args.checkpoint:
        if not pair.partition('=')[2]:
            raise UserError(f'--checkpoint takes NAME=FILE, not {pair}')
    if args.data and not args.checkpoint:
        raise UserError('--data evaluates checkpoints: give --checkpoint NAME=FILE, too')
    args.checkpoints = dict(pair.split('=', 1) for pair in args.checkpoint)
    args.entries = select(args.models)
    return Settings(**{field.name: getattr(args, field.name) for field in fields(Settings)})


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for torch.
    if args.list:
        from mmpose_lrfg.benchmark.zoo import print_models

        print_models()
        return
    from mmpose_lrfg.benchmark.speed import plots, report, run
    from mmpose_lrfg.runtime.files import write_json
    from mmpose_lrfg.utils.progress import Progress
    from mmpose_lrfg.utils.tables import write_text

    settings, points = read_settings(args), None
    with Progress('benchmark') as progress:
        if args.counts:
            rows = run.count(settings, progress.update)
        elif args.sweep:
            swept = run.sweep(args.sweep, settings, on_progress=progress.update)
            rows, points = swept.results, swept.points
        else:
            rows = run.run(settings, on_progress=progress.update)
    report.print_report(rows, settings)
    if args.json:
        write_json(args.json, report.to_json(rows, settings, points))
    if args.csv:
        write_text(args.csv, report.to_csv(rows, settings))
    if args.markdown:
        write_text(args.markdown, report.to_markdown(rows, settings))
    if args.plot and points is not None:
        plots.plot_sweep(points, run.SWEEP_LABELS[args.sweep], args.plot)
    elif args.plot:
        plots.plot_trade_off(rows, args.plot)


if __name__ == '__main__':
    sys.exit(main())
