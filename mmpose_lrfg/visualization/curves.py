"""Figures of one or several runs: learning curves, precision over recall, accuracy by keypoint."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mmpose_lrfg.runtime.files import replacing
from mmpose_lrfg.utils.errors import UserError

SCALARS = '*/vis_data/scalars.json'
"""Files of mmengine's ``LocalVisBackend`` in a work directory, one for each start of the run."""
TIMES = ('time', 'data_time', 'step')
NOT_PLOTTED = ('epoch', 'iter', 'seconds', 'memory')
COLUMNS = 3


def new_figure(width: float, height: float):
    """Return an empty figure of a size in inches, without pyplot and its global state."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout='constrained')


def style(axes, title: str, x: str = '', y: str = ''):
    """Set a small title, axis labels and a grid, the same in all figures."""
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(x, fontsize=8)
    axes.set_ylabel(y, fontsize=8)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
    return axes


def save(figure, out: str | Path) -> Path:
    """Write a figure atomically in the format of the suffix (.png, .svg, .pdf)."""
    with replacing(out) as temporary:
        figure.savefig(temporary, dpi=120)
    return Path(out)


def read_scalars(work_dir: str | Path) -> list[dict[str, float]]:
    """Return what a training logged, without the iterations that a resumed run repeated.

    Args:
        work_dir (str | Path): Work directory of a training.

    Returns:
        list[dict[str, float]]: One row for each logged iteration: ``iter``, ``epoch``, learning
        rate, losses, and ``seconds`` since the row before. Metrics are in the last row before
        their evaluation.
    """
    rows: list[dict[str, float]] = []
    for path in sorted(Path(work_dir).glob(SCALARS)):
        lines = path.read_text().splitlines()
        for number, text in enumerate(lines, 1):
            try:
                line = json.loads(text)
            except ValueError:
                if number == len(lines):  # of a process that was killed while it wrote
                    break
                raise
            row = {name: value for name, value in line.items() if name not in TIMES}
            if 'iter' in row:
                while rows and rows[-1]['iter'] >= row['iter']:
                    rows.pop()
                steps = row['iter'] - (rows[-1]['iter'] if rows else 0)
                rows.append({**row, 'seconds': line.get('time', 0.0) * steps})
            elif rows:
                rows[-1].update(row)
    return rows


def plot_curves(runs: Mapping[str, str | Path], out: str | Path) -> Path:
    """Draw every logged value over the iterations: one panel per value, one line per run.

    Args:
        runs (Mapping[str, str | Path]): Work directories of trainings by their names.
        out (str | Path): The figure; its suffix (.png, .svg, .pdf) sets the format.

    Returns:
        Path: ``out``.

    Raises:
        UserError: If a training logged nothing.
    """
    from matplotlib.ticker import MaxNLocator

    logs = {name: read_scalars(work_dir) for name, work_dir in runs.items()}
    for name, rows in logs.items():
        if not rows:
            raise UserError(f'{runs[name]} has no logged iterations ({SCALARS}): nothing to draw')
    panels = panel_names([row for rows in logs.values() for row in rows])
    if not panels:
        raise UserError('the logs have no values to draw')
    columns = min(COLUMNS, len(panels))
    lines = math.ceil(len(panels) / columns)
    figure = new_figure(4.2 * columns, 2.9 * lines)
    for index, value in enumerate(panels):
        axes = style(figure.add_subplot(lines, columns, index + 1), value, 'iteration')
        for name, rows in logs.items():
            points = [(row['iter'], row[value]) for row in rows if value in row]
            if points:
                marker = 'o' if len(points) < 40 else None
                axes.plot(*zip(*points), marker=marker, markersize=3, label=name)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if index == 0 and len(logs) > 1:
            axes.legend(fontsize=8)
    return save(figure, out)


def panel_names(rows: Sequence[dict]) -> list[str]:
    """Return the logged values in this order: total loss, its items, metrics, learning rate."""

    def rank(name):
        return 0 if name == 'loss' else 3 if name.endswith('lr') else 1 if 'loss' in name else 2

    names = dict.fromkeys(name for row in rows for name in row if name not in NOT_PLOTTED)
    return sorted(names, key=rank)


def mean_precision(precision: np.ndarray) -> np.ndarray:
    """Return (R,), the mean over thresholds and categories of (T, R, C); NaN without people."""
    with np.errstate(invalid='ignore'):
        annotated = precision > -1
        return (precision * annotated).sum(axis=(0, 2)) / annotated.sum(axis=(0, 2))


def plot_precision_recall(records: Mapping[str, Mapping], out: str | Path) -> Path:
    """Draw precision over recall in two panels.

    For one run, they show OKS thresholds and sizes of people; for several runs, the mean over the
    thresholds and the threshold 0.5.

    Args:
        records (Mapping[str, Mapping]): Arrays of ``precision_recall.npz`` by the name of the run.
        out (str | Path): The figure.
    """

    def at(record, oks):
        index = int(np.argmin(abs(record['thresholds'] - oks)))
        return record['precision'][[index], ..., 0]

    first = next(iter(records.values()))
    precision = first['precision']
    if len(records) > 1:
        panels = {
            'mean over OKS .5 to .95': {n: r['precision'][..., 0] for n, r in records.items()},
            'at OKS .5': {name: at(record, 0.5) for name, record in records.items()},
        }
    else:
        panels = {
            'by OKS threshold': {
                'OKS .5 to .95': precision[..., 0],
                'OKS .5': at(first, 0.5),
                'OKS .75': at(first, 0.75),
            },
            'by size of people': dict(
                zip(('all', 'medium', 'large'), np.moveaxis(precision, 3, 0))
            ),
        }
    figure = new_figure(9, 4)
    for axes, (title, curves) in zip(figure.subplots(1, 2), panels.items()):
        style(axes, title, 'recall', 'precision')
        for name, curve in curves.items():
            curve = mean_precision(curve)
            ap = 'no people' if np.isnan(curve).all() else f'{np.nanmean(curve):.3f}'
            axes.plot(first['recalls'], curve, label=f'{name}: {ap}')
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
        axes.legend(fontsize=8, title='AP', title_fontsize=8)
    return save(figure, out)


def plot_keypoints(records: Mapping[str, Mapping], out: str | Path) -> Path:
    """Draw OKS and PCK by keypoint.

    Args:
        records (Mapping[str, Mapping]): Contents of ``evaluation.json`` by the name of the run.
            Runs with other keypoints than the first one are left out.
        out (str | Path): The figure.
    """
    first = next(iter(records.values()))
    names = first['keypoints']
    records = {run: each for run, each in records.items() if each['keypoints'] == names}
    figure = new_figure(9, 1.5 + 0.15 * len(names) * (1 + 0.4 * len(records)))
    rows, height = np.arange(len(names)), 0.8 / len(records)
    left, right = figure.subplots(1, 2)
    style(left, 'mean similarity (OKS)')
    style(right, f'closer than {first["pck_thr"]:g} of the box (PCK)')
    for axes, metric in ((left, 'oks'), (right, 'pck')):
        for number, (run, record) in enumerate(records.items()):
            values = [np.nan if value is None else value for value in record[metric]]
            axes.barh(rows + (number + 0.5) * height - 0.4, values, height, label=run)
        axes.set_xlim(0, 1)
        axes.set_yticks(rows, names if axes is left else [''] * len(names))
        axes.invert_yaxis()
    if len(records) > 1:
        right.legend(fontsize=8)
    return save(figure, out)
