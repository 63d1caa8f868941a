"""Images a second of the training's input: python tools/benchmark_pipeline.py --data FOLDER"""

import sys

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import Parser, config, existing_folder, positive, whole
from mmpose_lrfg.utils.errors import command


def parse_args():
    parser = Parser(
        description='Images a second a core: our input pipeline, with and without its cache, and '
        "MMPose's own transforms, in turns on the same files"
    )
    parser.add_argument(
        'config',
        type=config,
        nargs='?',
        metavar='CONFIG',
        help='take the training data and size from it',
    )
    parser.add_argument(
        '--data', type=existing_folder, metavar='FOLDER', help='or: a folder with a COCO-style set'
    )
    parser.add_argument('--ann', default='annotations/train.json', help='in FOLDER (%(default)s)')
    parser.add_argument('--images', default='train/', help='in FOLDER (%(default)s)')
    parser.add_argument(
        '--size', type=whole(32, 16384), help='side of the input in pixels (default: 640)'
    )
    parser.add_argument('--number', type=positive, default=64, help='images taken (%(default)s)')
    parser.add_argument(
        '--repetitions',
        '--rounds',
        type=whole(1, 10_000),
        default=5,
        help='passes over these images (%(default)s)',
    )
    parser.add_argument('--json', metavar='FILE', help='write the numbers to this file too')
    args = parser.parse_args()
    if (args.config is None) == (args.data is None):
        parser.error('give either a CONFIG or --data FOLDER')
    return args


@command
def main():
    args = parse_args()
    # After parsing: --help and a wrong argument need not wait for torch.
    from mmpose_lrfg.benchmark.pipeline_speed import (
        config_data,
        folder_data,
        measure_pipelines,
        pipeline_table,
    )
    from mmpose_lrfg.runtime.files import write_json

    data = (
        config_data(args.config) if args.config else folder_data(args.data, args.ann, args.images)
    )
    size = (args.size, args.size) if args.size else data.size
    report = measure_pipelines(data.dataset, size, args.number, args.repetitions)
    pipeline_table(report).print()
    print('cache {cache_mb:.1f} MB, peak memory {peak_memory_mb:.1f} MB'.format(**report))
    if args.json:
        write_json(args.json, report)


if __name__ == '__main__':
    sys.exit(main())
