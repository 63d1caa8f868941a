"""Every picture of a training, or of several overlaid, from what lies in the work directories."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmpose_lrfg.errors import UserError
from mmpose_lrfg.evaluation.records import read_record
from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.visualization.curves import plot_curves
from mmpose_lrfg.visualization.evaluation_curves import plot_keypoints, plot_precision_recall
from mmpose_lrfg.visualization.figures import run_names
from mmpose_lrfg.visualization.label_statistics import plot_labels

LABELS = 'labels.npz'
BATCH = 'train_batch.jpg'
PREDICTIONS = 'predictions.jpg'


def plot_run(work_dirs: Sequence[str | Path], out_dir: str | Path) -> list[Path]:
    """Draw what there is.

    Learning curves, precision over recall, and accuracy by keypoint show all runs in one picture.
    Label statistics, the first training batch and the predictions are of one run each; of several
    runs they carry its name.

    Args:
        work_dirs (Sequence[str | Path]): Work directories of trainings (or of tests, which have
            an evaluation alone).
        out_dir (str | Path): Folder of the pictures; for one run it may be the run's own.

    Returns:
        list[Path]: The pictures.

    Raises:
        UserError: If a work directory is none, or has nothing to draw.
    """
    runs, out_dir = [Path(work_dir) for work_dir in work_dirs], Path(out_dir)
    for run in runs:
        if not run.is_dir():
            raise UserError(f'{run} is not a folder: give the work directory of a training')
    names = run_names(runs)
    drawn = []
    trained = [run for run in runs if (run / 'results.csv').is_file()]
    if trained:
        drawn.append(plot_curves(trained, out_dir / 'curves.png'))
    records = {names[run]: _record(run) for run in runs}
    records = {name: record for name, record in records.items() if record}
    if records:
        curves = {name: arrays for name, (arrays, _) in records.items()}
        drawn.append(plot_precision_recall(curves, out_dir / 'precision_recall.png'))
        numbers = {name: numbers for name, (_, numbers) in records.items()}
        drawn.append(plot_keypoints(numbers, out_dir / 'keypoints.png'))
    for run in runs:
        prefix = f'{names[run].replace("/", "-")}-' if len(runs) > 1 else ''
        drawn += _of_one(run, out_dir, prefix)
    if not drawn:
        raise UserError(
            f'{", ".join(map(str, runs))} has neither results.csv nor an evaluation: nothing to '
            'draw; is it the work directory of a training?'
        )
    return drawn


def _of_one(run: Path, out_dir: Path, prefix: str) -> list[Path]:
    drawn = []
    if (run / LABELS).is_file():
        try:
            with np.load(run / LABELS, allow_pickle=False) as statistics:
                drawn.append(plot_labels(dict(statistics), out_dir / f'{prefix}labels.png'))
        except (ValueError, OSError, KeyError) as error:
            raise UserError(f'{run / LABELS} cannot be read: {error}') from error
    for name in (BATCH, PREDICTIONS):
        target = out_dir / f'{prefix}{name}'
        if (run / name).is_file():
            if target.resolve() != (run / name).resolve():
                write_bytes(target, (run / name).read_bytes())
            drawn.append(target)
    return drawn


def _record(run: Path):
    try:
        return read_record(run)
    except (ValueError, OSError, KeyError, json.JSONDecodeError) as error:
        raise UserError(f'the evaluation in {run} cannot be read: {error}') from error
