"""Accuracy against speed and size; time against people and size."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from mmpose_lrfg.runtime.files import replacing
from mmpose_lrfg.utils.errors import UserError

from .rows import Row

FAR_APART = 30  # longest time over shortest, from which an axis is logarithmic
COLOURS = {'one-stage': '#1b7837', 'bottom-up': '#2166ac', 'top-down': '#b2182b'}
SIZE = (11.0, 5.0)


def plot_trade_off(rows: Sequence[Row], path: str | Path) -> None:
    """Accuracy against the time of an image and against parameters, a point a model.

    Raises:
        UserError: If no model has an AP: the figure would be empty.
    """
    if all(row.ap is None for row in rows):
        raise UserError(
            f'{path} is not drawn: none of the models has an AP; measure it with --data and '
            '--checkpoint'
        )
    figure = Figure(SIZE, layout='constrained')
    axes = figure.subplots(1, 2, sharey=True)

    def time_of(row: Row):
        return next(iter(row.poses.values())).median if row.poses else None

    _scatter(axes[0], rows, time_of, 'image to poses, ms')
    _scatter(axes[1], rows, lambda row: row.params and row.params / 1e6, 'million parameters')
    axes[0].set_ylabel('AP, % (filled: measured here, open: published)')
    _save(figure, axes[0], path)


def _scatter(axes, rows: Sequence[Row], of, label: str) -> None:
    for row in rows:
        if of(row) and row.ap is not None:
            colour = COLOURS[row.kind]
            axes.scatter(
                of(row), row.ap, color=colour, facecolors=colour if row.ap_measured else 'none'
            )
            axes.annotate(
                row.title, (of(row), row.ap), (4, 4), textcoords='offset points', fontsize=7
            )
    axes.set_xscale('log')
    axes.set_xlabel(label)
    axes.grid(alpha=0.3)


def plot_sweep(
    lines: Mapping[str, tuple[str, Sequence[tuple[float, float]]]], label: str, path: str | Path
) -> None:
    """Milliseconds against something, a line a model.

    Args:
        lines (Mapping): By title: the kind, and points (x, milliseconds).
        label (str): What x is.
        path (str | Path): A .png, .svg or .pdf file.

    Raises:
        UserError: If there is no line: the figure would be empty.
    """
    if not any(points for _, points in lines.values()):
        raise UserError(f'{path} is not drawn: no model was measured')
    figure = Figure((8.0, 5.0), layout='constrained')
    axes = figure.subplots()
    for index, (title, (kind, points)) in enumerate(lines.items()):
        style = ('-', '--', ':', '-.')[index % 4]
        axes.plot(*zip(*points), style, marker='o', color=COLOURS[kind], label=title)
    axes.set_xlabel(label)
    axes.set_ylabel('image to poses, ms')
    times = [time for _, points in lines.values() for _, time in points]
    if max(times) > FAR_APART * min(times):
        axes.set_yscale('log')
    else:
        axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    _save(figure, None, path)


def _save(figure: Figure, axes, path: str | Path) -> None:
    if axes is not None:
        for kind, colour in COLOURS.items():
            axes.scatter([], [], color=colour, label=kind)
        axes.legend(fontsize=8)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=150)
