"""Every picture of a training, or of several overlaid, from what lies in the work directories."""

import contextlib
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from mmpose_lrfg.evaluation.records import read_record
from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.utils.downloads import check_unpacked
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.visualization.curves import SCALARS, plot_curves
from mmpose_lrfg.visualization.evaluation_curves import plot_keypoints, plot_precision_recall
from mmpose_lrfg.visualization.figures import run_names
from mmpose_lrfg.visualization.label_statistics import plot_labels

LABELS = 'labels.npz'
BATCH = 'train_batch.jpg'
PREDICTIONS = 'predictions.jpg'
BAD_CONTENT = (
    ValueError, TypeError, OSError, KeyError, IndexError, AttributeError, ArithmeticError,
    MemoryError, EOFError, zipfile.BadZipFile,
)  # fmt: skip


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
    trained = [run for run in runs if any(run.glob(SCALARS))]
    listed = ', '.join(map(str, runs))
    if trained:
        with _readable(f'the logs in {listed}'):
            drawn.append(plot_curves(trained, out_dir / 'curves.png'))
    with _readable(f'the evaluation in {listed}'):
        records = {names[run]: read_record(run) for run in runs}
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
            f'{listed} has neither logged iterations nor an evaluation: nothing to '
            'draw; is it the work directory of a training?'
        )
    return drawn


def _of_one(run: Path, out_dir: Path, prefix: str) -> list[Path]:
    drawn = []
    if (run / LABELS).is_file():
        check_unpacked(run / LABELS)
        with (
            _readable(str(run / LABELS)),
            np.load(run / LABELS, allow_pickle=False) as statistics,
        ):
            drawn.append(plot_labels(dict(statistics), out_dir / f'{prefix}labels.png'))
    for name in (BATCH, PREDICTIONS):
        target = out_dir / f'{prefix}{name}'
        if (run / name).is_file():
            if target.resolve() != (run / name).resolve():
                write_bytes(target, (run / name).read_bytes())
            drawn.append(target)
    return drawn


@contextlib.contextmanager
def _readable(what: str) -> Iterator[None]:
    """Raise a UserError where a file holds something else than a training writes."""
    try:
        yield
    except BAD_CONTENT as error:
        if getattr(error, 'errno', None) is not None:  # of the file system, perhaps of the output
            raise
        raise UserError(f'{what} cannot be read: {type(error).__name__}: {error}') from error
