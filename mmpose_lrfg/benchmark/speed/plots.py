"""Figure of accuracy against speed and size."""

from collections.abc import Sequence
from pathlib import Path

from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.visualization.curves import new_figure, save

from .report import Result

COLOURS = {'one-stage': '#1b7837', 'bottom-up': '#2166ac', 'top-down': '#b2182b'}


def plot_trade_off(results: Sequence[Result], path: str | Path) -> None:
    """Draw accuracy against the time of an image and against parameters, a point a model.

    Raises:
        UserError: If no model has an AP: the figure would be empty.
    """
    from matplotlib.ticker import LogLocator, NullLocator

    rows = [row for row in results if row.ap is not None]
    if not rows:
        raise UserError(
            f'{path} is not drawn: none of the models has an AP; measure it with --data and '
            '--checkpoint'
        )
    figure = new_figure(11, 5)
    axes = figure.subplots(1, 2, sharey=True)
    for row in rows:
        times = [row.poses.median] if row.poses else []
        sizes = [row.complexity.params / 1e6] if row.complexity else []
        colour = COLOURS[row.entry.kind]
        for axis, values in zip(axes, (times, sizes)):
            for value in values:
                face = colour if row.accuracy else 'none'
                axis.scatter(value, row.ap, color=colour, facecolors=face)
                axis.annotate(row.entry.title, (value, row.ap), (4, 4),
                              textcoords='offset points', fontsize=7)  # fmt: skip
    for axis, label in zip(axes, ('image to poses, ms', 'million parameters')):
        axis.set(xscale='log', xlabel=label)
        axis.margins(x=0.25)  # room for the names
        axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.xaxis.set_major_formatter('{x:g}')
        axis.xaxis.set_minor_locator(NullLocator())
        axis.grid(alpha=0.3)
    axes[0].set_ylabel('AP, % (filled: measured here, open: published)')
    for kind, colour in COLOURS.items():
        axes[0].scatter([], [], color=colour, label=kind)
    axes[0].legend(fontsize=8)
    save(figure, path)
