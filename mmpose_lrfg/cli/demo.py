"""Demo: poses on photographs; then render people, train on the CPU, evaluate, draw."""

import importlib.util
import math
from collections.abc import Sequence
from pathlib import Path

import cv2
from mmengine.runner import find_latest_checkpoint

from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.runtime.images import write_image
from mmpose_lrfg.synthetic import SceneConfig, make_dataset
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.progress import Progress
from mmpose_lrfg.visualization.curves import read_scalars
from mmpose_lrfg.visualization.sheets import grid
from mmpose_lrfg.weights import N6, S6

from .arguments import Parser, whole
from .main import build_parser

CONFIG = 'lrfg-n6_1xb8-8e_people-320.py'
TRAIN_IMAGES, VAL_IMAGES = 600, 120
#: One or two people who face the camera: a few hundred steps are enough to learn them.
SCENE = SceneConfig(
    people=(1, 2),
    scale=(0.7, 1.0),
    stances=('stand', 'contrapposto', 'walk'),
    yaw=0.0,
    objects=False,
)
METRICS = ('AP', 'AP .5', 'AP .75', 'AR')
SCORE_THR = 0.3  # of drawn people
COLUMNS, ROWS = 4, 2  # of the sheet of rendered images
#: Photographs of people in installed packages: package, file.
PHOTOGRAPHS = (
    ('matplotlib', 'mpl-data/sample_data/grace_hopper.jpg'),
    ('skimage', 'data/astronaut.png'),
    ('skimage', 'data/camera.png'),
)


def main() -> None:
    """Run the demo; a second call continues an interrupted one."""
    parser = Parser(description=__doc__)
    parser.add_argument(
        '--out', type=Path, default=Path('outputs/demo'), help='folder (default: %(default)s)'
    )
    parser.add_argument('--epochs', type=whole(), help='default: those of the config')
    parser.add_argument(
        '--from-scratch', action='store_true', help='random weights instead of the released ones'
    )
    args = parser.parse_args()
    out, data, work_dir = args.out, args.out / 'data', args.out / 'train'

    print('1/4 poses on photographs by the released weights')
    photographs = out / 'photographs.jpg'
    draw(find_photographs(), *S6.files(), photographs, height=480)
    print(f'  {photographs}')
    print('2/4 rendering people')
    with Progress('rendering people') as progress:
        make_dataset(
            data, TRAIN_IMAGES, VAL_IMAGES, size=320, workers=2, on_progress=progress.update,
            scene=SCENE,
        )  # fmt: skip
    print(f'3/4 training {CONFIG} on {data}')
    train(work_dir, data, args.epochs, args.from_scratch)
    metrics = write_metrics(out / 'metrics.json', work_dir)
    print('4/4 drawing')
    held_out = sorted((data / 'val').glob('*.jpg'))[: COLUMNS * ROWS]
    draw(held_out, CONFIG, find_latest_checkpoint(work_dir), out / 'synthetic.jpg')
    print('OKS on the held-out images: ' + ', '.join(f'{k} {v:.3f}' for k, v in metrics.items()))
    print('Wrote')
    for path in (photographs, out / 'synthetic.jpg', work_dir / 'curves.png', out / 'metrics.json'):
        print(f'  {path}')


def find_photographs() -> list[Path]:
    """Return the files of :data:`PHOTOGRAPHS` that exist, without importing their packages."""
    specs = ((importlib.util.find_spec(package), name) for package, name in PHOTOGRAPHS)
    paths = [Path(spec.origin).parent / name for spec, name in specs if spec]
    return [path for path in paths if path.is_file()]


def draw(
    paths: Sequence[Path], config: str, checkpoint: str, out: Path, height: int | None = None
) -> None:
    """Draw the poses that a network predicts on images.

    Args:
        paths (Sequence[Path]): Images.
        config (str), checkpoint (str): The network.
        out (Path): Sheet of the images, four in a row.
        height (int, optional): Height of the images on the sheet, by default their own.
    """
    from mmpose_lrfg.apis.predictor import PosePredictor

    images = [cv2.imread(str(path)) for path in paths]
    poses = PosePredictor.from_files(config, checkpoint).fused()(images)
    tiles = [each.above(SCORE_THR).draw(image) for image, each in zip(images, poses)]
    if height:
        tiles = [cv2.resize(t, (t.shape[1] * height // t.shape[0], height)) for t in tiles]
    write_image(out, grid(tiles, columns=COLUMNS))


def train(work_dir: Path, data: Path, epochs: int | None, from_scratch: bool) -> None:
    """Train on a rendered data set, or continue an interrupted training.

    Raises:
        KeyboardInterrupt: If the training was interrupted.
    """
    from mmpose_lrfg.engine import runner

    options = {'log_level': 'WARNING'}
    for split in ('train', 'val', 'test'):
        options[f'{split}_dataloader.dataset.data_root'] = data
    for split in ('val', 'test'):
        options[f'{split}_evaluator.ann_file'] = data / 'annotations' / 'val.json'
    if epochs is not None:
        for name in ('train_cfg.max_epochs', 'train_cfg.val_interval', 'param_scheduler.1.T_max'):
            options[name] = epochs
    argv = [CONFIG, '--work-dir', str(work_dir)]
    if (work_dir / 'last_checkpoint').is_file():
        argv.append('--resume')
    elif not from_scratch:
        options['load_from'] = N6.path()
    argv += ['--cfg-options', *(f'{key}={value}' for key, value in options.items())]
    if runner.train(build_parser('train').parse_args(argv)):
        raise KeyboardInterrupt(f'interrupted; the same command continues from {work_dir}')


def write_metrics(out: Path, work_dir: Path) -> dict[str, float]:
    """Write the metrics of the last evaluation and the training time as JSON; return the metrics.

    Raises:
        UserError: If there was no evaluation.
    """
    rows = read_scalars(work_dir)
    evaluated = [row for row in rows if math.isfinite(row.get('coco/AP', math.nan))]
    if not evaluated:
        raise UserError(f'the logs in {work_dir} contain no evaluation')
    metrics = {name: evaluated[-1][f'coco/{name}'] for name in METRICS}
    seconds = round(sum(row['seconds'] for row in rows), 1)
    write_json(out, {**metrics, 'training_seconds': seconds})
    return metrics
