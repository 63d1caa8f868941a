"""Speed of data loading and of a training step by part, beside MMPose's networks"""

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


def run(args):
    import tempfile
    from dataclasses import asdict

    import torch

    from mmpose_lrfg.benchmark.data import open_training_data, render_people
    from mmpose_lrfg.benchmark.data_loading import loading_table, measure_loading
    from mmpose_lrfg.benchmark.training_step import StepOptions, measure_training, training_tables
    from mmpose_lrfg.runtime.files import write_json
    from mmpose_lrfg.utils.tables import write_text

    if args.threads:
        torch.set_num_threads(args.threads)
    options = StepOptions(
        args.img_size, args.batch_size, args.steps, args.repetitions, args.device, args.workers
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix='lrfg-people-') as folder:
        source = args.data or render_people(folder, args.limit, max(args.img_size))
        data = open_training_data(source, folder, args.img_dir)
        loading = measure_loading(data, args.img_size, args.limit, args.repetitions)
        steps = measure_training(args.models, data, options)
    tables = [loading_table(loading), *training_tables(steps)]
    for table in tables:
        table.print()
    threads = torch.get_num_threads()
    print(f'{args.batch_size} images a step, {args.device}, {threads} threads')
    if args.json:
        content = dict(asdict(options), images=args.limit, threads=threads)
        content |= dict(loading=[asdict(row) for row in loading])
        write_json(args.json, dict(content, steps=[asdict(row) for row in steps]))
    if args.markdown:
        write_text(args.markdown, '\n'.join(table.to_markdown() for table in tables))
