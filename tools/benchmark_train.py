"""Time a training step by part, beside MMPose's networks: python tools/benchmark_train.py"""

import contextlib
import sys
import tempfile
from dataclasses import asdict

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import ImgSize, Parser, device, existing_folder, positive, whole
from mmpose_lrfg.utils.errors import command


def parse_args():
    parser = Parser(
        description='Milliseconds of data wait, forward, loss with assignment, backward and '
        'optimizer, and peak memory of a step: our networks and those of MMPose, interleaved, on '
        'the same images of synthetic people'
    )
    add = parser.add_argument
    add(
        '--models',
        nargs='+',
        default=['lrfg-s6', 'yoloxpose-s', 'rtmo-s'],
        metavar='MODEL',
        help='lrfg-s6, lrfg-n6, yoloxpose-s, rtmo-s or a config (default: lrfg-s6 and the last '
        'two); the first is what others are compared with',
    )
    add(
        '--shape',
        nargs='+',
        type=whole(64, 16384),
        action=ImgSize,
        default=(640, 640),
        metavar='N',
        help='one side, or H W (640)',
    )
    add('--batch', type=whole(1, 4096), default=4, help='images of a step (%(default)s)')
    add('--steps', type=positive, default=2, help='steps of a turn (%(default)s)')
    repetitions = 'turns of each model (default: 5)'
    add('--repetitions', '--rounds', type=whole(1, 10_000), default=5, help=repetitions)
    add('--images', type=positive, default=16, help='images that are rendered (%(default)s)')
    data = 'instead: train/ and annotations/train.json of a set'
    add('--data', type=existing_folder, metavar='FOLDER', help=data)
    add('--device', type=device, default='cpu', help='cpu (default), cuda, cuda:1')
    add('--threads', type=whole(1, 1024), help='of torch on the CPU')
    workers = 'data loader processes of each model (default: 0)'
    add('--workers', type=whole(0, 256), default=0, help=workers)
    add('--json', metavar='FILE', help='write the numbers to this file too')
    return parser.parse_args()


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for torch.
    import torch

    from mmpose_lrfg.benchmark.pipeline_speed import folder_data
    from mmpose_lrfg.benchmark.training_speed import StepOptions, measure_training, training_tables
    from mmpose_lrfg.runtime.files import write_json
    from mmpose_lrfg.synthetic import make_dataset
    from mmpose_lrfg.utils.progress import Progress

    if args.threads:
        torch.set_num_threads(args.threads)
    options = StepOptions(
        args.shape, args.batch, args.steps, args.repetitions, args.device, args.workers
    )  # fmt: skip
    with contextlib.ExitStack() as stack:
        folder = args.data
        if folder is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix='lrfg-people-'))
            progress = stack.enter_context(Progress('rendering', args.images))
            make_dataset(
                folder, args.images, 1, size=max(options.shape), on_progress=progress.update
            )
        data = folder_data(folder, 'annotations/train.json', 'train/').dataset
        results = measure_training(args.models, data, options)
    for table in training_tables(results):
        table.print()
    threads = torch.get_num_threads()
    print(f'{options.batch} images a step, {options.device}, {threads} threads')
    if args.json:
        models = {row.name: asdict(row) for row in results}
        write_json(args.json, dict(asdict(options), models=models, threads=threads))


if __name__ == '__main__':
    sys.exit(main())
