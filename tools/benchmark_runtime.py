"""Speed of exported files: python tools/benchmark_runtime.py FILE... [--config C --checkpoint P].

Backends are timed in interleaved repetitions. Ratios are of times in the same repetition, and so
are more reliable than times on a machine that does other things as well.
"""

import sys
from dataclasses import asdict
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import Parser, checkpoint, config, existing_file, whole
from mmpose_lrfg.utils.errors import UserError, check_not_input, command


def parse_args():
    parser = Parser(description='Time exported files from image to poses')
    parser.add_argument(
        'files', type=existing_file, nargs='*', metavar='FILE', help='.onnx or .xml files'
    )
    parser.add_argument('--config', type=config, help='time PyTorch, too: a config')
    parser.add_argument('--checkpoint', type=checkpoint, help='and its weights')
    parser.add_argument(
        '--runtime',
        nargs='+',
        default=['onnx'],
        choices=('onnx', 'openvino'),
        help='what runs .onnx files (default: onnx)',
    )
    parser.add_argument(
        '--variants',
        nargs='+',
        default=[],
        choices=('fused-silu', 'bf16', 'channels-first'),
        help="time as well: ONNX Runtime's SiLU as one operation, OpenVINO in bfloat16, PyTorch "
        'with channels first',
    )
    parser.add_argument(
        '--threads', nargs='+', type=whole(1, 1024), default=[1, 2], help='default: 1 2'
    )
    parser.add_argument(
        '--repetitions', '--rounds', type=whole(1, 10_000), default=20, help='default: 20'
    )
    parser.add_argument('--image', type=existing_file, help='default: an image of two people')
    parser.add_argument('--json', metavar='FILE', help='write the numbers there')
    args = parser.parse_args()
    if bool(args.config) != bool(args.checkpoint):
        parser.error('--config and --checkpoint go together')
    return args


@command
def main():
    args = parse_args()
    check_not_input([args.json], [*args.files, args.config, args.checkpoint, args.image])
    from mmpose_lrfg.benchmark.runtime_speed import collect_backends, time_backends, timing_table
    from mmpose_lrfg.deploy.images import trial_images
    from mmpose_lrfg.runtime.files import write_json
    from mmpose_lrfg.runtime.images import read_image

    image = read_image(Path(args.image)) if args.image else trial_images()[1]
    if image is None:
        raise UserError(f'{args.image} does not decode')
    results = {}
    for threads in args.threads:
        backends = collect_backends(
            args.files, args.runtime, threads, image, args.variants, args.config, args.checkpoint
        )
        timings = time_backends(backends, args.repetitions)
        timing_table(timings, f'threads: {threads}').print()
        results[threads] = {name: asdict(timing) for name, timing in timings.items()}
    if args.json:
        write_json(args.json, results)


if __name__ == '__main__':
    sys.exit(main())
