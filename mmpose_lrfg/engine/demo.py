"""The main job from nothing: people to learn from, a network, its AP, and pictures."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.datasets.synthetic import SceneConfig, make_dataset
from mmpose_lrfg.engine.arguments import parse_train_args
from mmpose_lrfg.errors import UserError
from mmpose_lrfg.visualization.curves import read_results

CONFIG = 'lrfg-n6_1xb8-8e_people-320.py'
TRAIN_IMAGES, VAL_IMAGES = 600, 120
#: One or two people who face the camera: what a few hundred steps from scratch can learn.
SCENE = SceneConfig(
    people=(1, 2),
    scale=(0.7, 1.0),
    poses=('stand', 'contrapposto', 'hands_on_hips', 'wave', 'arms_up', 'arms_spread', 'walk'),
    yaw=0.0,
    objects=False,
)
METRICS = ('AP', 'AP .5', 'AP .75', 'AR')
#: Score above which a person is drawn.
DRAWN_FROM = 0.3


def make_people(out: Path, on_progress: Callable[[int, int], None]) -> Path:
    """Render the data set, once: 600 pictures to learn from and 120 to be measured on."""
    data = out / 'data'
    make_dataset(
        data, TRAIN_IMAGES, VAL_IMAGES, size=320, workers=2, on_progress=on_progress, scene=SCENE
    )
    return data


def train(out: Path, data: Path, epochs: int | None = None) -> Path:
    """Train from scratch, or go on where an interrupted call stopped.

    Returns:
        Path: The work directory.

    Raises:
        UserError: If the training was interrupted.
    """
    from mmpose_lrfg.engine import launch

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
    argv = [CONFIG, '--work-dir', str(work_dir), '--resume', '--cfg-options']
    argv += [f'{key}={value}' for key, value in options.items()]
    if launch.train(parse_train_args(argv)):
        raise UserError(f'training was interrupted; the same command goes on from {work_dir}')
    return work_dir


def write_metrics(out: Path, work_dir: Path) -> dict[str, float]:
    """The last evaluation, as ``metrics.json``: OKS AP on the pictures held out."""
    rows = read_results(work_dir / 'results.csv')
    measured = [row for row in rows if math.isfinite(row.get('coco/AP', math.nan))]
    if not measured:
        raise UserError(f'{work_dir / "results.csv"} holds no evaluation')
    metrics = {name: measured[-1][f'coco/{name}'] for name in METRICS}
    seconds = sum(row['seconds'] for row in rows)
    content = {**metrics, 'training_seconds': round(seconds, 1)}
    (out / 'metrics.json').write_text(json.dumps(content, indent=2) + '\n')
    return metrics


def last_checkpoint(work_dir: Path) -> Path:
    """What the training wrote last."""
    return Path((work_dir / 'last_checkpoint').read_text().strip())


def draw(out: Path, work_dir: Path, data: Path, columns: int = 4, rows: int = 2) -> list[Path]:
    """Predict on pictures held out and on a real photograph; write both drawn.

    The photograph is the portrait of Grace Hopper that matplotlib ships.
    """
    from matplotlib.cbook import get_sample_data

    from mmpose_lrfg.inference.predictor import PosePredictor

    predictor = PosePredictor.from_files(CONFIG, str(last_checkpoint(work_dir)))

    def drawn(path: Path) -> np.ndarray:
        image = cv2.imread(str(path))
        return predictor([image])[0].above(DRAWN_FROM).draw(image)

    held_out = sorted((data / 'val').glob('*.jpg'))[: columns * rows]
    tiles = [drawn(path) for path in held_out]
    grid = [np.hstack(tiles[i * columns : (i + 1) * columns]) for i in range(rows)]
    pictures = {
        'synthetic.jpg': np.vstack(grid),
        'grace_hopper.jpg': drawn(Path(get_sample_data('grace_hopper.jpg', asfileobj=False))),
    }
    for name, picture in pictures.items():
        cv2.imwrite(str(out / name), picture)
    return [out / name for name in pictures]
