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
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout='constrained')
    FigureCanvasAgg(figure)
    return figure


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

    results = {}
    for name, work_dir in runs.items():
        results[name] = read_scalars(work_dir)
        if not results[name]:
            raise UserError(f'{work_dir} has no logged iterations ({SCALARS}): nothing to draw')
    panels = _panels([row for rows in results.values() for row in rows])
    if not panels:
        raise UserError('the logs have no values to draw')
    columns = min(COLUMNS, len(panels))
    lines = math.ceil(len(panels) / columns)
    figure = new_figure(4.2 * columns, 2.9 * lines)
    for index, column in enumerate(panels):
        axes = style(figure.add_subplot(lines, columns, index + 1), column, 'iteration')
        for name, rows in results.items():
            points = [(row['iter'], row[column]) for row in rows if column in row]
            if points:
                marker = 'o' if len(points) < 40 else None
                axes.plot(*zip(*points), marker=marker, markersize=3, label=name)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if index == 0 and len(results) > 1:
            axes.legend(fontsize=8)
    return save(figure, out)


def _panels(rows: Sequence[dict]) -> list[str]:
    """Columns in the order of reading: the total loss, its items, metrics, the learning rate."""

    def rank(name):
        return 0 if name == 'loss' else 3 if name.endswith('lr') else 1 if 'loss' in name else 2

    names = dict.fromkeys(name for row in rows for name in row if name not in NOT_PLOTTED)
    return sorted(names, key=rank)


def mean_precision(precision: np.ndarray) -> np.ndarray:
    """Mean over thresholds and categories of (T, R, C), (R,); NaN without annotations."""
    there = precision > -1
    with np.errstate(invalid='ignore'):
        return np.where(there, precision, 0).sum(axis=(0, 2)) / there.sum(axis=(0, 2))


def plot_precision_recall(records: Mapping[str, Mapping], out: str | Path) -> Path:
    """Draw precision over recall in two panels.

    For one run, they show OKS thresholds and sizes of people; for several runs, the mean over the
    thresholds and the threshold 0.5.

    Args:
        records (Mapping[str, Mapping]): Arrays of ``precision_recall.npz`` by the name of the run.
        out (str | Path): The figure.
    """
    curves: list[dict] = [{}, {}]
    for name, record in records.items():
        precision = record['precision']

        def at(oks, record=record):
            index = int(np.argmin(abs(record['thresholds'] - oks)))
            return record['precision'][index : index + 1, ..., 0]

        if len(records) > 1:
            curves[0][name], curves[1][name] = precision[..., 0], at(0.5)
            continue
        curves[0] = {'OKS .5 to .95': precision[..., 0], 'OKS .5': at(0.5), 'OKS .75': at(0.75)}
        curves[1] = {size: precision[..., k] for k, size in enumerate(('all', 'medium', 'large'))}
    titles = ('mean over OKS .5 to .95', 'at OKS .5')
    if len(records) == 1:
        titles = ('by OKS threshold', 'by size of people')
    figure = new_figure(9, 4)
    for panel, title in enumerate(titles):
        axes = style(figure.add_subplot(1, 2, panel + 1), title, 'recall', 'precision')
        for name, precision in curves[panel].items():
            curve = mean_precision(precision)
            known = curve[~np.isnan(curve)]
            ap = f'{known.mean():.3f}' if known.size else 'no people'
            recalls = next(iter(records.values()))['recalls']
            axes.plot(recalls, curve, label=f'{name}: {ap}')
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
    titles = dict(
        oks='mean similarity (OKS)', pck=f'closer than {first["pck_thr"]:g} of the box (PCK)'
    )
    for panel, (metric, title) in enumerate(titles.items()):
        axes = style(figure.add_subplot(1, 2, panel + 1), title)
        for number, (run, record) in enumerate(records.items()):
            values = [np.nan if value is None else value for value in record[metric]]
            axes.barh(rows + (number + 0.5) * height - 0.4, values, height, label=run)
        axes.set_xlim(0, 1)
        axes.set_yticks(rows, names if panel == 0 else [''] * len(names))
        axes.invert_yaxis()
    if len(records) > 1:
        axes.legend(fontsize=8)
    return save(figure, out)
