"""Shares of the errors as bars: by size of people, by crowding, one model beside another."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mmpose_lrfg.evaluation.error_groups import GROUPINGS, ErrorReport, Group
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.visualization.curves import new_figure, save, style
from mmpose_lrfg.visualization.errors import STYLES

HATCHES = ('', '///', '...', 'xx')
FEWEST = 5  # people: a bar of fewer has no meaning
EDGE = '#222222'


def plot_errors(reports: Mapping[str, ErrorReport], out: str | Path) -> Path:
    """Draw the shares of all errors, for all people and by every grouping.

    Args:
        reports (Mapping[str, ErrorReport]): By the name of the model, at most four, of the same
            images.
        out (str | Path): The figure; its suffix (.png, .svg, .pdf) sets the format.

    Returns:
        Path: ``out``.

    Raises:
        UserError: If there are more than four models.
    """
    if len(reports) > len(HATCHES):
        raise UserError(
            f'a figure of errors shows at most {len(HATCHES)} models, got {len(reports)}'
        )
    figure = new_figure(11, 8.4)
    grid = figure.subplots(2, 2, sharey=True)
    panels = {'all people': [[report.all] for report in reports.values()]}
    panels |= {name: [report.groups[name] for report in reports.values()] for name in GROUPINGS}
    for axes, (title, models) in zip(grid.flat, panels.items()):
        _panel(axes, models, title)
    _legend(figure, list(reports))
    first = next(iter(reports.values()))
    false = ', '.join(f'{name} {report.false_positives}' for name, report in reports.items())
    figure.suptitle(
        f'Errors on {first.images} images with {first.all.people} people and {first.all.keypoints} '
        f'annotated keypoints\nfalse positives: {false}',
        fontsize=12,
    )
    return save(figure, out)


def _panel(axes, models: Sequence[Sequence[Group]], title: str) -> None:
    """Draw groups from left to right, in each of them the models, with their mean OKS."""
    groups = models[0]
    width = (0.8 if len(groups) > 1 else 0.5) / len(models)
    for number, (model, hatch) in enumerate(zip(models, HATCHES)):
        places = np.arange(len(groups)) + (number - (len(models) - 1) / 2) * width
        shares = np.stack([100 * g.shares * (g.people >= FEWEST) for g in model])
        floor = np.zeros(len(groups))
        for kind, look in reversed(STYLES.items()):
            axes.bar(places, shares[:, kind], 0.92 * width, floor, color=_hex(look.colour),
                     hatch=hatch, edgecolor=EDGE, linewidth=0.6)  # fmt: skip
            floor += shares[:, kind]
        for place, top, group in zip(places, floor, model):
            if group.people >= FEWEST:
                text = f'OKS\n{group.oks:.2f}'
                axes.text(place, top + 0.8, text, ha='center', va='bottom', fontsize=8)
    names = [f'{group.name}\n(n = {group.people})' for group in groups]
    style(axes, title, y='% of annotated keypoints')
    axes.set_xticks(range(len(groups)), names)
    axes.set_xlim(-0.6, len(groups) - 0.4)
    axes.set_ylim(0, 115)
    axes.grid(False, axis='x')
    axes.tick_params(labelleft=True)


def _legend(figure, names: Sequence[str]) -> None:
    from matplotlib.patches import Patch

    patches = [
        Patch(facecolor=_hex(look.colour), edgecolor=EDGE, label=look.text)
        for look in STYLES.values()
    ]
    patches += [
        Patch(facecolor='white', edgecolor=EDGE, hatch=hatch, label=name)
        for name, hatch in zip(names, HATCHES)
    ]
    figure.legend(handles=patches, loc='outside lower center', ncols=4, fontsize=9, frameon=False)


def _hex(bgr: tuple) -> str:
    return '#' + ''.join(f'{value:02x}' for value in reversed(bgr))
