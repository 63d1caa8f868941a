"""The main job: the shipped network on photographs; people to learn from, a training, its AP."""

import importlib.util
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.apis.video import write_image
from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.synthetic import SceneConfig, make_dataset
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.visualization.curves import read_scalars
from mmpose_lrfg.weights import N6, S6

from .arguments import parse_train_args

CONFIG = 'lrfg-n6_1xb8-8e_people-320.py'
TRAIN_IMAGES, VAL_IMAGES = 600, 120
#: One or two people who face the camera: what a few hundred steps can learn.
SCENE = SceneConfig(
    people=(1, 2),
    scale=(0.7, 1.0),
    stances=('stand', 'contrapposto', 'walk'),
    yaw=0.0,
    objects=False,
)
METRICS = ('AP', 'AP .5', 'AP .75', 'AR')
#: Score above which a person is drawn.
DRAWN_FROM = 0.3
#: Of the sheet of rendered pictures.
COLUMNS, ROWS = 4, 2
#: Photographs of people that installed packages bring: package, file.
PHOTOGRAPHS = (
    ('matplotlib', 'mpl-data/sample_data/grace_hopper.jpg'),
    ('skimage', 'data/astronaut.png'),
    ('skimage', 'data/camera.png'),
)


def make_people(out: Path, on_progress: Callable[[int, int], None]) -> Path:
    """Render the data set, once: 600 pictures to learn from and 120 to be measured on."""
    data = out / 'data'
    make_dataset(
        data, TRAIN_IMAGES, VAL_IMAGES, size=320, workers=2, on_progress=on_progress, scene=SCENE
    )
    return data


def train(out: Path, data: Path, epochs: int | None = None, scratch: bool = False) -> Path:
    """Train, or go on where an interrupted call stopped.

    Args:
        out (Path): Folder of the demo.
        data (Path): What :func:`make_people` rendered.
        epochs (int, optional): By default the config's.
        scratch (bool): Start from random weights and not from those that ship.

    Returns:
        Path: The work directory.

    Raises:
        KeyboardInterrupt: If the training was interrupted.
    """
    from mmpose_lrfg.engine import runner

    work_dir = out / 'train'
    options = {
        'log_level': 'WARNING',
        'train_dataloader.dataset.data_root': data,
        'val_dataloader.dataset.data_root': data,
        'test_dataloader.dataset.data_root': data,
        'val_evaluator.ann_file': data / 'annotations' / 'val.json',
        'test_evaluator.ann_file': data / 'annotations' / 'val.json',
    }
    if epochs is not None:
        options['train_cfg.max_epochs'] = epochs
        options['train_cfg.val_interval'] = epochs
        options['param_scheduler.1.T_max'] = epochs
    argv = [CONFIG, '--work-dir', str(work_dir)]
    if (work_dir / 'last_checkpoint').is_file():
        argv.append('--resume')
    elif not scratch:
        options['load_from'] = N6.path()
    argv.append('--cfg-options')
    argv += [f'{key}={value}' for key, value in options.items()]
    if runner.train(parse_train_args(argv)):
        raise KeyboardInterrupt(f'interrupted; the same command goes on from {work_dir}')
    return work_dir


def write_metrics(out: Path, work_dir: Path) -> dict[str, float]:
    """The last evaluation, as ``metrics.json``: OKS AP on the pictures held out."""
    rows = read_scalars(work_dir)
    measured = [row for row in rows if math.isfinite(row.get('coco/AP', math.nan))]
    if not measured:
        raise UserError(f'the logs in {work_dir} contain no evaluation')
    metrics = {name: measured[-1][f'coco/{name}'] for name in METRICS}
    seconds = sum(row['seconds'] for row in rows)
    content = {**metrics, 'training_seconds': round(seconds, 1)}
    write_bytes(out / 'metrics.json', f'{json.dumps(content, indent=2)}\n'.encode())
    return metrics


def last_checkpoint(work_dir: Path) -> Path:
    """What the training wrote last."""
    return Path((work_dir / 'last_checkpoint').read_text().strip())


def find_photographs() -> list[Path]:
    """Those of :data:`PHOTOGRAPHS` that are there; nothing is imported for that."""
    found = []
    for package, name in PHOTOGRAPHS:
        spec = importlib.util.find_spec(package)
        path = spec and Path(spec.origin).parent / name
        if path and path.is_file():
            found.append(path)
    return found


def draw_photographs(out: Path) -> Path:
    """Draw what the network that ships finds on photographs."""
    path = out / 'photographs.jpg'
    write_image(path, row(drawn(find_photographs(), *S6.files())))
    return path


def draw_held_out(out: Path, work_dir: Path, data: Path) -> Path:
    """Draw what the trained network finds on pictures held out."""
    held_out = sorted((data / 'val').glob('*.jpg'))[: COLUMNS * ROWS]
    tiles = drawn(held_out, CONFIG, str(last_checkpoint(work_dir)))
    path = out / 'synthetic.jpg'
    write_image(path, grid(tiles))
    return path


def drawn(paths: Sequence[Path], config: str, checkpoint: str) -> list[np.ndarray]:
    """The images at ``paths`` with the poses that a network finds."""
    from mmpose_lrfg.apis.predictor import PosePredictor

    images = [cv2.imread(str(path)) for path in paths]
    found = PosePredictor.from_files(config, checkpoint).fused()(images)
    return [poses.above(DRAWN_FROM).draw(image) for image, poses in zip(images, found)]


def grid(tiles: Sequence[np.ndarray]) -> np.ndarray:
    """Tiles of one size in rows."""
    return np.vstack([np.hstack(tiles[i * COLUMNS : (i + 1) * COLUMNS]) for i in range(ROWS)])


def row(tiles: Sequence[np.ndarray], height: int = 480) -> np.ndarray:
    """Tiles of any size side by side, in one height."""
    return np.hstack(
        [cv2.resize(tile, (tile.shape[1] * height // tile.shape[0], height)) for tile in tiles]
    )
