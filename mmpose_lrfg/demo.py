"""Demo: poses on photographs; then render people, train on the CPU, evaluate, draw."""

import contextlib
import importlib.util
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.runtime.images import read_image, write_image
from mmpose_lrfg.synthetic import SceneConfig, make_dataset
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.progress import Progress
from mmpose_lrfg.visualization.curves import read_scalars
from mmpose_lrfg.visualization.sheets import below, grid, strip
from mmpose_lrfg.weights import N6, S6


class Size(NamedTuple):
    """Numbers of rendered images, their side in pixels, and epochs."""

    train: int
    val: int
    side: int
    epochs: int
    minutes: int  # on two CPU cores


SHORT, FULL = Size(400, 60, 256, 6, 4), Size(600, 120, 320, 8, 10)
#: One or two people who face the camera: a few hundred steps are enough to learn them.
SCENE = SceneConfig(
    people=(1, 2), scale=(0.7, 1.0), stances=('stand', 'walk'), yaw=0.0, objects=False
)
METRICS = ('AP', 'AP .5', 'AP .75', 'AR')
SCORE_THR = 0.3  # of drawn people
COLUMNS = 4  # of the sheet
#: Photographs of people in installed packages: package, file.
PHOTOGRAPHS = (
    ('matplotlib', 'mpl-data/sample_data/grace_hopper.jpg'),
    ('skimage', 'data/astronaut.png'),
    ('skimage', 'data/camera.png'),
)


def run(out: Path, size: Size = SHORT, overwrite: bool = False) -> None:
    """Run the demo; a second call continues an interrupted one.

    Args:
        out (Path): Folder of everything that is written.
        size (Size): Number and size of the images, and of epochs.
        overwrite (bool): Replace a data set of another size.
    """
    data, work_dir, sheet = out / 'data', out / 'train', out / 'demo.jpg'
    print(f'The demo takes about {size.minutes} minutes on two CPU cores.')
    print('1/4 poses on photographs, by the released weights S6')
    photographs = draw(find_photographs(), *S6.files(), height=336)
    print(f'2/4 rendering {size.train} + {size.val} images, {size.side} x {size.side} pixels')
    with Progress('rendering') as progress:
        rendered = make_dataset(
            data, size.train, size.val, size=size.side, workers=2, overwrite=overwrite,
            on_progress=progress.update, scene=SCENE,
        )  # fmt: skip
    print(f'3/4 training: lrfg train --data {data} --weights n6 --img-size {size.side} --epochs '
          f'{size.epochs} --out {work_dir}')  # fmt: skip
    config, checkpoint = train(work_dir, data, size, resume=not rendered)
    metrics = read_metrics(work_dir)
    print('4/4 evaluating the weights N6 as they were before, and drawing')
    before = evaluate(config, N6.path(), work_dir)
    write_json(out / 'metrics.json', {'before training': before, **metrics})
    held_out = sorted((data / 'val').glob('*.jpg'))[:COLUMNS]
    parts = [
        ('Photographs: released weights S6', photographs),
        (f'Held-out images, before training: AP {before["AP"]:.2f}',
         draw(held_out, config, N6.path())),
        (f'The same after {size.epochs} epochs: AP {metrics["AP"]:.2f}',
         draw(held_out, config, checkpoint)),
    ]  # fmt: skip
    rows = [row for title, part in parts for row in (strip(title, part.shape[1]), part)]
    write_image(sheet, below(rows))

    print(f'{size.val} held-out images    before   after training')
    for name in METRICS:
        print(f'{name:<6}  {before[name]:20.3f} {metrics[name]:7.3f}')
    for path, what in (
        (sheet, 'photographs and held-out images with poses'),
        (out / 'metrics.json', 'the metrics above'),
        (work_dir / 'curves.png', 'losses and metrics of the training'),
        (config, 'config of the training'),
        (checkpoint, 'trained weights'),
        (data, 'rendered data set'),
    ):
        print(f'{path!s:<32} {what}')


def find_photographs() -> list[Path]:
    """Return the files of :data:`PHOTOGRAPHS` that exist, without importing their packages."""
    specs = ((importlib.util.find_spec(package), name) for package, name in PHOTOGRAPHS)
    paths = [Path(spec.origin).parent / name for spec, name in specs if spec]
    return [path for path in paths if path.is_file()]


def draw(
    paths: Sequence[Path], config: str, checkpoint: str, height: int | None = None
) -> np.ndarray:
    """Draw the poses that a network predicts on images.

    Args:
        paths (Sequence[Path]): Images.
        config (str), checkpoint (str): The network.
        height (int, optional): Height of the images on the sheet, by default their own.

    Returns:
        np.ndarray: (H, W, 3) uint8 BGR, the images side by side.
    """
    import cv2

    from mmpose_lrfg.apis.predictor import PosePredictor

    images = [read_image(path) for path in paths]
    if height:
        images = [cv2.resize(i, (i.shape[1] * height // i.shape[0], height)) for i in images]
    with quiet():
        poses = PosePredictor.from_files(str(config), str(checkpoint)).fused()(images)
    tiles = [each.above(SCORE_THR).draw(image) for image, each in zip(images, poses)]
    return grid(tiles, columns=COLUMNS)


@contextlib.contextmanager
def quiet():
    """Hide what mmengine and pycocotools print; progress and errors are on stderr."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


def train(work_dir: Path, data: Path, size: Size, resume: bool) -> tuple[Path, Path]:
    """Fine-tune the weights N6 on a rendered data set.

    Args:
        work_dir (Path), data (Path): Folders of the training and of the data set.
        size (Size): Side of the images and number of epochs.
        resume (bool): Continue an interrupted training, if there is one.

    Returns:
        tuple[Path, Path]: Config and the last checkpoint.

    Raises:
        KeyboardInterrupt: If the training was interrupted.
    """
    from mmengine.runner import find_latest_checkpoint

    from mmpose_lrfg.engine import recipe, runner
    from mmpose_lrfg.engine.merge import TrainOptions

    config = recipe.prepare(
        None, str(work_dir), str(data), weights='n6', img_size=(size.side,) * 2,
        epochs=size.epochs,
    ).config  # fmt: skip
    options = TrainOptions(
        config=str(config),
        work_dir=str(work_dir),
        resume='auto' if resume and (work_dir / 'last_checkpoint').is_file() else None,
        cfg_options=dict(log_level='ERROR'),
    )
    with quiet():
        stopped = runner.train(options)
    if stopped:
        raise KeyboardInterrupt(f'interrupted; the same command continues from {work_dir}')
    return config, Path(find_latest_checkpoint(work_dir))


def evaluate(config: Path, checkpoint: str, work_dir: Path) -> dict[str, float]:
    """Return the metrics of a checkpoint on the held-out images."""
    from mmpose_lrfg.engine import runner
    from mmpose_lrfg.engine.merge import TestOptions

    options = TestOptions(
        config=str(config),
        checkpoint=checkpoint,
        work_dir=str(work_dir / 'before'),
        cfg_options=dict(log_level='ERROR'),
    )
    with quiet():
        metrics = runner.test(options)
    return {name: metrics[f'coco/{name}'] for name in METRICS}


def read_metrics(work_dir: Path) -> dict[str, float]:
    """Return the metrics of the last evaluation of a training, and its seconds.

    Raises:
        UserError: If there was no evaluation.
    """
    rows = read_scalars(work_dir)
    evaluated = [row for row in rows if math.isfinite(row.get('coco/AP', math.nan))]
    if not evaluated:
        raise UserError(f'the logs in {work_dir} contain no evaluation')
    metrics = {name: evaluated[-1][f'coco/{name}'] for name in METRICS}
    return {**metrics, 'training_seconds': round(sum(row['seconds'] for row in rows), 1)}
