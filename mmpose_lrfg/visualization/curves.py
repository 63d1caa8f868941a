"""Figures of one or several runs: learning curves, precision over recall, F1."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mmpose_lrfg.evaluation.records import MEAN
from mmpose_lrfg.evaluation.score_threshold import F1Curve
from mmpose_lrfg.runtime.files import replacing
from mmpose_lrfg.utils.errors import UserError

SCALARS = '*/vis_data/scalars.json'
"""Files of mmengine's ``LocalVisBackend`` in a work directory, one for each start of the run."""
PRECISION = {'coco/AP': 'AP', 'coco/AP .5': 'AP50', 'coco/AP .75': 'AP75'}
RECALL = {'coco/AR': 'AR', 'coco/OKS': 'OKS'}
TIMES = {'time': 'all', 'data_time': 'waiting for images'}
DASHES = ('-', '--', ':', '-.', (0, (5, 1)), (0, (1, 3)))


def new_figure(width: float, height: float):
    """Return an empty figure of a size in inches, without pyplot and its global state."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout='constrained')


def style(axes, title: str, x: str = '', y: str = '') -> None:
    """Set a small title, axis labels and a grid, the same in all figures."""
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(x, fontsize=8)
    axes.set_ylabel(y, fontsize=8)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)


def save(figure, out: str | Path) -> Path:
    """Write a figure atomically in the format of the suffix (.png, .svg, .pdf)."""
    with replacing(out) as temporary:
        figure.savefig(temporary, dpi=120)
    return Path(out)


def read_scalars(work_dir: str | Path) -> list[dict[str, float]]:
    """Return what a training logged, without the iterations that a resumed run repeated.

    Returns:
        list[dict[str, float]]: One row for each logged iteration: ``iter``, ``epoch``, learning
        rate, losses, ``time`` and ``data_time`` of an iteration, and ``seconds`` since the row
        before. Metrics are in the last row before their evaluation.

    Raises:
        UserError: If a log is broken.
    """
    rows: list[dict[str, float]] = []
    for path in sorted(Path(work_dir).glob(SCALARS)):
        lines = path.read_text().splitlines()
        for number, text in enumerate(lines, 1):
            try:
                line = json.loads(text)
            except ValueError as error:
                if number == len(lines):  # of a process that was killed while it wrote
                    break
                raise UserError(f'{path} is no log of a training: {error}') from error
            if 'iter' in line:
                while rows and rows[-1]['iter'] >= line['iter']:
                    rows.pop()
                steps = line['iter'] - (rows[-1]['iter'] if rows else 0)
                rows.append({**line, 'seconds': line.get('time', 0.0) * steps})
            elif rows:  # of an evaluation, with its own times
                rows[-1].update({k: v for k, v in line.items() if k not in (*TIMES, 'step')})
    return rows


def plot_curves(logs: Mapping[str, list[dict]], out: str | Path) -> Path:
    """Draw losses, metrics, learning rate and times over the iterations, in six panels.

    Args:
        logs (Mapping[str, list[dict]]): Result of :func:`read_scalars` by the name of the run. A
            single run has a colour for each value, several have a colour each and a dash for each
            value.
        out (str | Path): The figure; its suffix (.png, .svg, .pdf) sets the format.
    """
    names = dict.fromkeys(name for rows in logs.values() for row in rows for name in row)
    losses = {name: name.removeprefix('loss_') for name in names if name.startswith('loss_')}
    panels = {
        'Total loss': {'loss': 'loss'},
        'Losses by part': losses,
        'Average precision (AP)': PRECISION,
        'Average recall (AR), mean OKS': RECALL,
        'Learning rate': {'lr': 'learning rate'},
        'Seconds per iteration': TIMES,
    }
    figure = new_figure(10, 6)
    for axes, (title, values) in zip(figure.subplots(2, 3).flat, panels.items()):
        style(axes, title, 'iteration')
        _plot_values(axes, logs, values)
        if values in (PRECISION, RECALL):
            axes.set_ylim(0, 1)
        elif values is losses and axes.lines:
            axes.set_yscale('log')
    if len(logs) > 1:
        lines = [figure.axes[0].plot([], [], color=f'C{n}')[0] for n in range(len(logs))]
        figure.legend(lines, logs, loc='outside upper center', ncols=4, fontsize=8)
    return save(figure, out)


def _plot_values(axes, logs: Mapping[str, list[dict]], values: Mapping[str, str]) -> None:
    """Draw the values (keys of rows and their labels) of all runs."""
    from matplotlib.ticker import MaxNLocator

    several = len(logs) > 1
    for run, rows in enumerate(logs.values()):
        for number, (name, label) in enumerate(values.items()):
            points = [(row['iter'], row[name]) for row in rows if name in row]
            if not points:
                continue
            axes.plot(
                *zip(*points),
                color=f'C{run if several else number}',
                linestyle=DASHES[number % len(DASHES)] if several else '-',
                marker='o' if len(points) < 40 and not several else None,
                markersize=3,
                label=label if run == 0 else None,
            )
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    if len(values) > 1 and axes.lines:
        axes.legend(fontsize=7, framealpha=0.6, handlelength=3)
    elif not axes.lines:
        axes.text(0.5, 0.5, 'not logged', ha='center', color='gray', transform=axes.transAxes)


def plot_precision_recall(records: Mapping[str, Mapping], out: str | Path) -> Path:
    """Draw precision over recall, and F1 over the score threshold with its best value.

    For one run, precision is that at OKS 0.5, at 0.75 and the mean over all thresholds; for
    several runs it is the mean.

    Args:
        records (Mapping[str, Mapping]): Contents of ``evaluation.json`` by the name of the run.
        out (str | Path): The figure.
    """
    figure = new_figure(10, 4.4)
    left, right = figure.subplots(1, 2)
    style(left, 'Precision over recall', 'recall', 'precision')
    style(right, 'F1 at OKS 0.5 over the score threshold', 'score threshold', 'F1')
    for run, record in records.items():
        curves = record['precision'] if len(records) == 1 else {run: record['precision'][MEAN]}
        for name, values in curves.items():
            curve = np.array(values, float)
            ap = 'no people' if np.isnan(curve).all() else f'AP {np.nanmean(curve):.3f}'
            left.plot(record['recalls'], curve, label=f'{name}: {ap}')
        curve = F1Curve(np.array(record['score_thrs']), np.array(record['f1']))
        threshold, f1 = curve.best
        prefix = f'{run}: ' if len(records) > 1 else ''
        (line,) = right.plot(*curve, label=f'{prefix}best F1 {f1:.3f} at {threshold:.3f}')
        right.plot(threshold, f1, 'o', color=line.get_color())
    for axes in (left, right):
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
        axes.legend(fontsize=8)
    return save(figure, out)
