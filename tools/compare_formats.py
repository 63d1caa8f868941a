"""AP of exported formats beside PyTorch's: compare_formats.py CONFIG CHECKPOINT --data CONFIG|JSON

Every format is exported and evaluated on the same images, letterboxed in the same way.
"""

import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import Parser, checkpoint, config, existing_folder, positive
from mmpose_lrfg.utils.errors import UserError, check_not_input, command


def parse_args():
    parser = Parser(description='AP of exported formats beside that of PyTorch')
    parser.add_argument('config', type=config, help='config: a path, or its base name')
    parser.add_argument('checkpoint', type=checkpoint, help='trained weights')
    parser.add_argument(
        '--data',
        metavar='CONFIG|JSON',
        help='COCO keypoint JSON, a folder, or a config, whose val set is meant (default: CONFIG)',
    )
    parser.add_argument(
        '--images', type=existing_folder, metavar='DIR', help='images of the JSON, if not beside it'
    )
    parser.add_argument(
        '--formats',
        nargs='+',
        metavar='FORMAT',
        help='torch onnx onnx-fp16 onnx-int8 openvino openvino-bf16 openvino-int8 '
        '(default: all whose library is installed)',
    )
    parser.add_argument('--limit', type=positive, metavar='N', help='N images, evenly spread')
    parser.add_argument(
        '--calib',
        type=existing_folder,
        metavar='DIR',
        help='typical images for int8 (default: the data)',
    )
    parser.add_argument('--json', metavar='FILE', help='write the numbers there')
    parser.add_argument('--markdown', metavar='FILE', type=Path, help='and the table there')
    return parser.parse_args()


@command
def main():
    args = parse_args()
    check_not_input([args.json, args.markdown], [args.config, args.checkpoint, args.data])
    from mmpose_lrfg.apis.predictor import PosePredictor
    from mmpose_lrfg.benchmark.formats import (
        choose_formats,
        compare_formats,
        format_table,
        open_data,
    )
    from mmpose_lrfg.runtime.files import write_json
    from mmpose_lrfg.utils.tables import write_text

    names = choose_formats(args.formats)
    data = open_data(args.data or args.config, args.images)
    model = PosePredictor.from_files(args.config, args.checkpoint).model
    calib = args.calib and Path(args.calib)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for row in compare_formats(model, data, names, Path(folder), calib, args.limit):
            rows.append(row)
            if args.json:  # after each: what is known survives an interruption
                write_json(args.json, [dict(asdict(r), good=r.good) for r in rows])
    format_table(rows).print()
    if args.markdown:
        write_text(args.markdown, format_table(rows).to_markdown())
    if wrong := [row.name for row in rows if not row.good]:
        raise UserError(f'AP differs too much: {", ".join(wrong)}')


if __name__ == '__main__':
    sys.exit(main())
