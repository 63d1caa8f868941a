"""Size, speed, memory and accuracy of pose estimators, in one run

lrfg benchmark models --models net8_lrfg rtmo-s yoloxpose-s dekr-w32 higherhrnet-w32
"""

from mmpose_lrfg.utils.errors import UserError

from .arguments import ImgSize, add_options, checkpoint, number, whole


def add_arguments(parser):
    add = parser.add_argument
    text = (
        'models or groups; NAME@FORMAT for an exported one, such as net8_lrfg@openvino-int8 '
        '(default: small)'
    )
    add('--models', nargs='+', default=['small'], metavar='NAME', help=text)
    add('--list', action='store_true', help='show the models and groups, and exit')
    add_options(parser, '--img-size', help="height and width of the inputs (default: each model's)")
    text = 'weights of models (default: random)'
    add('--checkpoints', nargs='+', type=named_file, default=[], metavar='NAME=FILE', help=text)
    text = 'evaluate these weights on a data set: a folder, data.yaml or COCO .json'
    add_options(parser, '--data', help=text)
    text = 'images of the network alone (default: 1)'
    add_options(parser, '--batch-size', default=1, help=text)
    add('--people', type=whole(0, 1000), default=5, help='people in the image (default: 5)')
    add(
        '--source-size',
        nargs='+',
        type=whole(64, 16384),
        action=ImgSize,
        default=(480, 640),
        metavar=('H', 'W'),
        help='height and width of the image (default: 480 640)',
    )
    add('--fused', action='store_true', help='fold BatchNorm for all models, not only for ours')
    add_options(parser, '--device')
    add('--threads', type=whole(1, 1024), default=1, help='CPU threads (default: 1)')
    text = 'measurements of each model after a warm-up (default: 10)'
    add('--repetitions', type=whole(1, 10_000), default=10, help=text)
    add('--together', type=whole(1, 256), default=8, help='models in memory at a time (default: 8)')
    add('--timeout', type=number(1), default=900, help='seconds for one call (default: 900)')
    add('--counts', action='store_true', help='count parameters and multiply-adds, without timing')
    add_options(parser, '--json', '--markdown')
    parser.renamed |= {
        '--shape': '--img-size', '--batch': '--batch-size', '--image': '--source-size',
        '--rounds': '--repetitions', '--csv': '--json', '--sweep': 'several calls with --img-size',
        '--runtime': 'NAME@FORMAT in --models', '--plot': '--json or --markdown',
    }  # fmt: skip


def named_file(text):
    """Return NAME and FILE of NAME=FILE."""
    name, _, path = text.partition('=')
    if not path:
        raise UserError(f'--checkpoints takes NAME=FILE, got {text}')
    return name, checkpoint(path)


def run(args):
    if args.data and not args.checkpoints:
        raise UserError('--data evaluates checkpoints: add --checkpoints NAME=FILE')
    from dataclasses import fields

    from mmpose_lrfg.benchmark import zoo
    from mmpose_lrfg.benchmark.speed import report
    from mmpose_lrfg.benchmark.speed import run as benchmark
    from mmpose_lrfg.benchmark.speed.settings import Settings
    from mmpose_lrfg.runtime.files import write_json
    from mmpose_lrfg.utils.tables import write_text

    if args.list:
        zoo.print_models()
        return
    args.entries, args.checkpoints = zoo.select(args.models), dict(args.checkpoints)
    settings = Settings(**{field.name: getattr(args, field.name) for field in fields(Settings)})
    rows = benchmark.count(settings) if args.counts else benchmark.run(settings)
    report.print_report(rows, settings)
    if args.json:
        write_json(args.json, report.to_json(rows, settings))
    if args.markdown:
        write_text(args.markdown, report.to_markdown(rows, settings))
