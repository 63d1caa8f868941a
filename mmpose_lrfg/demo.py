"""Demo: poses on photographs; then render people, train on the CPU, evaluate, draw."""

import importlib.util
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from mmengine.runner import find_latest_checkpoint

from mmpose_lrfg.model import LRFG
from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.runtime.images import write_image
from mmpose_lrfg.synthetic import SceneConfig, make_dataset
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.progress import Progress
from mmpose_lrfg.visualization.curves import read_scalars
from mmpose_lrfg.visualization.sheets import below, grid, strip
from mmpose_lrfg.weights import N6, S6

CONFIG, SCRATCH = 'finetune_n6.py', 'lrfg-n6_1xb8-8e_people-320.py'
EPOCHS = 8


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
COLUMNS = 4  # rendered images in a row of the contact sheet
SHEET_HEIGHT = 320  # of its photographs, in pixels
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
        epochs (int, optional): Default: :data:`EPOCHS`.
        full (bool): More and larger images, twice the time.
        scratch (bool): Start the training from random weights.
    """
    size = FULL if full else SHORT
    data, work_dir = out / 'data', out / 'train'

    print('1/4 poses on photographs by the released weights')
    photographs = [cv2.imread(str(path)) for path in find_photographs()]
    found = [fit(tile, SHEET_HEIGHT) for tile in draw(photographs, *S6.files())]
    write_image(out / 'photographs.jpg', grid(found))
    print(f'  {out / "photographs.jpg"}')
    print('2/4 rendering people')
    with Progress('rendering people') as progress:
        make_dataset(
            data, size.train, size.val, size=size.side, workers=2, on_progress=progress.update,
            scene=SCENE,
        )  # fmt: skip
    config = SCRATCH if scratch else CONFIG
    print(f'3/4 training {config} on {data}')
    train(work_dir, data, config, size.side, epochs or EPOCHS, None if scratch else 'n6')
    metrics = write_metrics(out / 'metrics.json', work_dir)
    text = ', '.join(f'{name} {value:.3f}' for name, value in metrics.items())
    print('4/4 drawing')
    images = [cv2.imread(str(path)) for path in sorted((data / 'val').glob('*.jpg'))[:COLUMNS]]
    trained = str(work_dir / 'config.py'), find_latest_checkpoint(work_dir)
    parts = {'photographs: released weights S6': found}
    if not scratch:
        before = draw(images, *N6.files())
        parts['rendered people before the training: released weights N6'] = before
    parts[f'the same after the training: {text}'] = draw(images, *trained)
    rows = [[strip(title, 900, bold=True), grid(tiles)] for title, tiles in parts.items()]
    write_image(out / 'contact_sheet.jpg', below([part for row in rows for part in row], gap=8))
    print(f'OKS on the {size.val} held-out images: {text}\nWrote')
    for path in (out / 'contact_sheet.jpg', work_dir / 'curves.png', out / 'metrics.json'):
        print(f'  {path}')


def find_photographs() -> list[Path]:
    """Return the files of :data:`PHOTOGRAPHS` that exist, without importing their packages."""
    specs = ((importlib.util.find_spec(package), name) for package, name in PHOTOGRAPHS)
    paths = [Path(spec.origin).parent / name for spec, name in specs if spec]
    return [path for path in paths if path.is_file()]


def draw(images: Sequence[np.ndarray], config: str, checkpoint: str) -> list[np.ndarray]:
    """Return images with the poses that a network predicts on them."""
    return [poses.draw() for poses in LRFG(config, checkpoint).predict(images, runtime='torch')]


def fit(image: np.ndarray, height: int) -> np.ndarray:
    """Return an image in another height."""
    return cv2.resize(image, (image.shape[1] * height // image.shape[0], height))


def train(
    work_dir: Path, data: Path, base: str, side: int, epochs: int, weights: str | None
) -> None:
    """Train on a rendered data set, or continue an interrupted training.

    Raises:
        KeyboardInterrupt: If the training was interrupted.
    """
    from mmpose_lrfg.engine import recipe, runner
    from mmpose_lrfg.engine.merge import TrainOptions

    parts = 'annotations/train.json', 'train', 'annotations/val.json', 'val'
    user_data = recipe.UserData(*(str((data / part).resolve()) for part in parts))
    changes = recipe.Changes(user_data, weights, (side, side), epochs)
    config = recipe.write_config(work_dir / 'config.py', base, changes, 'Written by: lrfg demo')
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
