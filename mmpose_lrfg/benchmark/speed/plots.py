"""Figures: accuracy against speed and size; time against people and size."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from mmpose_lrfg.runtime.files import replacing
from mmpose_lrfg.utils.errors import UserError

from .report import Result

LOG_SCALE_FROM = 30  # longest time over shortest
COLOURS = {'one-stage': '#1b7837', 'bottom-up': '#2166ac', 'top-down': '#b2182b'}


def plot_trade_off(results: Sequence[Result], path: str | Path) -> None:
    """Draw accuracy against the time of an image and against parameters, a point a model.

    Raises:
        UserError: If no model has an AP: the figure would be empty.
    """
    rows = [row for row in results if row.ap is not None]
    if not rows:
        raise UserError(
            f'{path} is not drawn: none of the models has an AP; measure it with --data and '
            '--checkpoint'
        )
    figure = Figure((11.0, 5.0), layout='constrained')
    axes = figure.subplots(1, 2, sharey=True)
    for row in rows:
        times = [timing.median for timing in row.poses.values()][:1]
        sizes = [row.complexity.params / 1e6] if row.complexity else []
        colour = COLOURS[row.entry.kind]
        for axis, values in zip(axes, (times, sizes)):
            for value in values:
                face = colour if row.accuracy else 'none'
                axis.scatter(value, row.ap, color=colour, facecolors=face)
                axis.annotate(
                    row.entry.title, (value, row.ap), (4, 4),
                    textcoords='offset points', fontsize=7,
                )  # fmt: skip
    for axis, label in zip(axes, ('image to poses, ms', 'million parameters')):
        axis.set(xscale='log', xlabel=label)
    axes[0].set_ylabel('AP, % (filled: measured here, open: published)')
    for kind, colour in COLOURS.items():
        axes[0].scatter([], [], color=colour, label=kind)
    _save(figure, path)


def plot_sweep(
    points: Mapping[str, Sequence[tuple[float, float]]], label: str, path: str | Path
) -> None:
    """Draw milliseconds against something, a line a model.

    Args:
        points (Mapping): (x, milliseconds) by title of the model.
        label (str): What x is.
        path (str | Path): A .png, .svg or .pdf file.

    Raises:
        UserError: If there is no line: the figure would be empty.
    """
    times = [time for line in points.values() for _, time in line]
    if not times:
        raise UserError(f'{path} is not drawn: no model was measured')
    figure = Figure((8.0, 5.0), layout='constrained')
    axes = figure.subplots()
    for title, line in points.items():
        axes.plot(*zip(*line), marker='o', label=title)
    axes.set(xlabel=label, ylabel='image to poses, ms')
    if max(times) > LOG_SCALE_FROM * min(times):
        axes.set_yscale('log')
    else:
        axes.set_ylim(bottom=0)
    _save(figure, path)


def _save(figure: Figure, path: str | Path) -> None:
    for axis in figure.axes:
        axis.grid(alpha=0.3)
    figure.axes[0].legend(fontsize=8)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=150)
