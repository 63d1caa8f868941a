"""Demo: poses on photographs; then render people, train on the CPU, evaluate, draw."""

import importlib.util
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
from mmengine.runner import find_latest_checkpoint

from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.runtime.images import write_image
from mmpose_lrfg.synthetic import SceneConfig, make_dataset
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.progress import Progress
from mmpose_lrfg.visualization.curves import read_scalars
from mmpose_lrfg.visualization.sheets import grid
from mmpose_lrfg.weights import S6

CONFIG = 'lrfg-n6_1xb8-8e_people-320.py'


class Size(NamedTuple):
    """Numbers of rendered images, and their side in pixels."""

    train: int
    val: int
    side: int


SHORT, FULL = Size(400, 80, 256), Size(600, 120, 320)
#: One or two people who face the camera: a few hundred steps are enough to learn them.
SCENE = SceneConfig(
    people=(1, 2),
    scale=(0.7, 1.0),
    stances=('stand', 'walk'),
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


def run(out: Path, epochs: int | None = None, full: bool = False, scratch: bool = False) -> None:
    """Run the demo; a second call continues an interrupted one.

    Args:
        out (Path): Folder of everything that is written.
        epochs (int, optional): Default: those of the config.
        full (bool): More and larger images, twice the time.
        scratch (bool): Start the training from random weights.
    """
    size = FULL if full else SHORT
    data, work_dir = out / 'data', out / 'train'

    print('1/4 poses on photographs by the released weights')
    photographs = out / 'photographs.jpg'
    draw(find_photographs(), *S6.files(), photographs, height=480)
    print(f'  {photographs}')
    print('2/4 rendering people')
    with Progress('rendering people') as progress:
        make_dataset(
            data, size.train, size.val, size=size.side, workers=2, on_progress=progress.update,
            scene=SCENE,
        )  # fmt: skip
    print(f'3/4 training {CONFIG} on {data}')
    train(work_dir, data, size.side, epochs, scratch)
    metrics = write_metrics(out / 'metrics.json', work_dir)
    print('4/4 drawing')
    held_out = sorted((data / 'val').glob('*.jpg'))[: COLUMNS * ROWS]
    draw(
        held_out,
        str(work_dir / 'config.py'),
        find_latest_checkpoint(work_dir),
        out / 'synthetic.jpg',
    )
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


def train(work_dir: Path, data: Path, side: int, epochs: int | None, scratch: bool) -> None:
    """Train on a rendered data set, or continue an interrupted training.

    Raises:
        KeyboardInterrupt: If the training was interrupted.
    """
    from mmpose_lrfg.engine import recipe, runner
    from mmpose_lrfg.engine.merge import TrainOptions

    parts = 'annotations/train.json', 'train', 'annotations/val.json', 'val'
    user_data = recipe.UserData(*(str((data / part).resolve()) for part in parts))
    weights = None if scratch else 'n6'
    changes = recipe.Changes(user_data, weights, (side, side), epochs)
    config = recipe.write_config(work_dir / 'config.py', CONFIG, changes, 'Written by: lrfg demo')
    resume = 'auto' if (work_dir / 'last_checkpoint').is_file() else None
    options = TrainOptions(config=str(config), work_dir=str(work_dir), resume=resume)
    if runner.train(options):
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
