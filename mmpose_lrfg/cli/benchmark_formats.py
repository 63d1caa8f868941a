"""Speed and accuracy of a network in PyTorch and in every export format, in one run

lrfg benchmark formats --weights s6 --data data/coco, or lrfg benchmark formats --model a.onnx b.xml
"""

from mmpose_lrfg.utils.errors import UserError, check_not_input

from .arguments import add_network, add_options, existing_file, existing_folder, network, whole


def add_arguments(parser):
    add = parser.add_argument
    add_network(parser)
    text = 'exported files (.onnx, .xml), instead of a network'
    add_options(parser, '--model', nargs='+', type=existing_file, metavar='FILE', help=text)
    text = (
        'onnx, onnx-fp16, onnx-int8, openvino, openvino-bf16, openvino-int8 (default: all whose '
        'package is installed)'
    )
    add('--formats', nargs='+', metavar='FORMAT', help=text)
    add_options(parser, '--img-size')
    add_options(parser, '--data', help='measure AP on a folder, data.yaml or COCO .json, too')
    add_options(parser, '--img-dir', '--limit')
    text = 'folder of typical images for int8 (default: those of --data)'
    add('--calib', type=existing_folder, metavar='DIR', help=text)
    add('--threads', type=whole(1, 1024), default=1, help='CPU threads (default: 1)')
    text = 'measurements of each format after a warm-up (default: 20)'
    add('--repetitions', type=whole(1, 10_000), default=20, help=text)
    add_options(parser, '--json', '--markdown')
    parser.renamed |= {
        '--shape': '--img-size', '--images': '--img-dir', '--rounds': '--repetitions',
        '--config': 'CONFIG CHECKPOINT', '--checkpoint': 'CONFIG CHECKPOINT',
    }  # fmt: skip


def run(args):
    if args.model and (args.config or args.weights or args.formats or args.img_size):
        raise UserError('--model excludes CONFIG CHECKPOINT, --weights, --formats and --img-size')
    files = args.model or network(args)
    check_not_input([args.json, args.markdown], [*files, args.data])
    import tempfile
    from pathlib import Path

    from mmpose_lrfg.benchmark import format_comparison as comparison
    from mmpose_lrfg.benchmark.data import open_labels
    from mmpose_lrfg.benchmark.formats import choose_formats
    from mmpose_lrfg.runtime.files import write_json
    from mmpose_lrfg.utils.tables import write_text

    names = choose_formats(args.formats)
    data = open_labels(args.data, args.img_dir) if args.data else None
    with tempfile.TemporaryDirectory() as folder:
        if args.model:
            candidates = comparison.file_candidates(args.model, args.threads)
        else:
            calib = Path(args.calib) if args.calib else data and data.images
            candidates = comparison.export_candidates(
                *files, names, Path(folder), args.img_size, calib, args.threads
            )
        comparison.compare_formats(candidates, args.repetitions, data, args.limit)
    table = comparison.format_table(candidates, f'Image to poses, {args.threads} threads')
    table.print()
    if args.json:
        write_json(args.json, dict(threads=args.threads, formats=table.rows))
    if args.markdown:
        write_text(args.markdown, table.to_markdown())
