"""Speed of data loading and of a training step by part, beside MMPose's networks"""

from mmpose_lrfg.utils.errors import UserError

from .arguments import add_options, positive, whole


def add_arguments(parser):
    add = parser.add_argument
    text = (
        'one-stage models of lrfg benchmark models --list, or configs; the first is the reference '
        'of ratios (default: lrfg-s6 yoloxpose-s rtmo-s)'
    )
    models = ['lrfg-s6', 'yoloxpose-s', 'rtmo-s']
    add('--models', nargs='+', default=models, metavar='MODEL', help=text)
    text = 'take images of a folder, data.yaml or COCO .json (default: rendered people)'
    add_options(parser, '--data', help=text)
    add_options(parser, '--img-dir')
    add_options(parser, '--limit', default=16, help='images taken or rendered (default: 16)')
    text = 'input size in pixels, multiples of 64 (default: 640)'
    add_options(parser, '--img-size', default=(640, 640), help=text)
    add_options(parser, '--batch-size', default=4, help='images of a step (default: 4)')
    add('--steps', type=positive, default=2, help='steps of a repetition (default: 2)')
    add('--repetitions', type=whole(1, 10_000), default=5, help='default: 5')
    add_options(parser, '--device')
    add('--threads', type=whole(1, 1024), help='CPU threads of a step')
    text = 'processes that load images of each model (default: 0)'
    add_options(parser, '--workers', default=0, help=text)
    add_options(parser, '--json', '--markdown')
    parser.renamed |= {
        '--shape': '--img-size', '--size': '--img-size', '--batch': '--batch-size',
        '--images': '--limit or --img-dir', '--number': '--limit', '--ann': '--data',
        '--rounds': '--repetitions',
    }  # fmt: skip


def run(args):
    import tempfile

    import torch

    from mmpose_lrfg.apis.predictor import check_device
    from mmpose_lrfg.benchmark.data import render_people, training_data
    from mmpose_lrfg.benchmark.data_loading import loading_table, measure_loading
    from mmpose_lrfg.benchmark.training_step import measure_training, training_tables
    from mmpose_lrfg.runtime.files import write_json
    from mmpose_lrfg.utils.configs import STRIDE
    from mmpose_lrfg.utils.tables import write_text

    if args.threads:
        torch.set_num_threads(args.threads)
    check_device(args.device)
    if any(side % STRIDE for side in args.img_size):
        size = '{} x {}'.format(*args.img_size)
        raise UserError(f'height and width of --img-size must be multiples of {STRIDE}, got {size}')
    with tempfile.TemporaryDirectory(prefix='lrfg-people-') as folder:
        source = args.data or render_people(folder, args.limit, max(args.img_size))
        data = training_data(source, args.img_dir)
        loading = measure_loading(data, args.img_size, args.limit, args.repetitions)
        steps = measure_training(args.models, data, args)
    tables = [loading_table(loading), *training_tables(steps)]
    for table in tables:
        table.print()
    threads = torch.get_num_threads()
    print(f'{args.batch_size} images a step, {args.device}, {threads} threads')
    if args.json:
        names = ('img_size', 'batch_size', 'repetitions', 'device', 'workers')
        content = {name: getattr(args, name) for name in names}
        content |= dict(images=args.limit, threads=threads, loading=loading)
        write_json(args.json, dict(content, steps=steps))
    if args.markdown:
        write_text(args.markdown, '\n'.join(table.to_markdown() for table in tables))
