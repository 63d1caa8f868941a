"""AP of exported formats beside PyTorch's: compare_formats.py CONFIG CHECKPOINT --data CONFIG|JSON

Every format is exported and evaluated on the same images, letterboxed in the same way.
"""

import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import (
    Parser,
    checkpoint,
    config,
    existing_folder,
    positive,
)
from mmpose_lrfg.utils.errors import UserError, check_not_input, command


def parse_args():
    parser = Parser(description='Are the poses of exported files the same?')
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
        as_markdown,
        choose_formats,
        compare_formats,
        open_data,
    )
    from mmpose_lrfg.runtime.files import replacing, write_json
    from mmpose_lrfg.utils.progress import Progress

    names = choose_formats(args.formats)
    data = open_data(args.data or args.config, args.images)
    model = PosePredictor.from_files(args.config, args.checkpoint).model
    images = min(args.limit or len(data.content['images']), len(data.content['images']))
    progress, rows, done = Progress('predicting', images * len(names)), [], 0

    def count():
        nonlocal done
        done += 1
        progress.update(done, text=names[min((done - 1) // images, len(names) - 1)])

    with tempfile.TemporaryDirectory() as folder:
        try:
            chosen = (names, Path(folder), args.calib and Path(args.calib), args.limit, count)
            for row in compare_formats(model, data, *chosen):
                rows.append(row)
                if args.json:  # after each: interrupted, what is known stays
                    write_json(args.json, [dict(asdict(r), good=r.good) for r in rows])
        finally:
            progress.close()
            print(as_markdown(rows), end='')
    if args.markdown:
        with replacing(args.markdown) as temporary:
            temporary.write_text(as_markdown(rows), encoding='utf-8')
    if wrong := [row.name for row in rows if not row.good]:
        raise UserError(f'not the same poses: {", ".join(wrong)}')


if __name__ == '__main__':
    sys.exit(main())
