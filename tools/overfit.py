"""Overfit a few images, as a test that targets, losses, decoding and metric fit together.

DATA is a folder with train/ and annotations/train.json (COCO keypoints). Exit code 1 if the AP is
not reached.
"""

import json
import sys
import tempfile
from pathlib import Path

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.cli.arguments import Parser, positive, share
from mmpose_lrfg.utils.errors import UserError, command


@command
def main():
    parser = Parser(description=__doc__)
    parser.add_argument('data', type=Path, metavar='DATA')
    parser.add_argument('--images', type=positive, default=8, help='number of images (default: 8)')
    parser.add_argument('--ap', type=share, default=0.9, help='AP to reach (default: 0.9)')
    parser.add_argument(
        '--steps', type=positive, default=260, help='maximum number of steps (default: 260)'
    )
    args = parser.parse_args()
    annotations = args.data / 'annotations' / 'train.json'
    if not annotations.is_file():
        raise UserError(f'{args.data} needs train/ and annotations/train.json: no {annotations}')
    from mmpose_lrfg.engine.overfit import choose_images, overfit
    from mmpose_lrfg.utils.progress import Progress

    chosen = choose_images(annotations, args.images)
    print(f'{len(chosen["images"])} images, {len(chosen["annotations"])} people')
    with tempfile.TemporaryDirectory() as folder, Progress('training', args.steps) as progress:
        subset = Path(folder, 'people.json')
        subset.write_text(json.dumps(chosen))
        for step in overfit(subset, args.data / 'train', args.steps):
            progress.update(step.number)
            if step.ap is not None:
                print(f'step {step.number}: loss {step.loss:.1f}, AP {step.ap:.3f}')
                if step.ap >= args.ap:
                    return 0
    print(f'AP {args.ap} was not reached in {args.steps} steps')
    return 1


if __name__ == '__main__':
    sys.exit(main())
