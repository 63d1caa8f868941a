"""Shares of the errors as bars: by size of people, by crowding, one model beside another."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mmpose_lrfg.evaluation.error_groups import ErrorReport, Group
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.visualization.curves import new_figure, save, style
from mmpose_lrfg.visualization.errors import STYLES, ErrorStyle

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
    from matplotlib.patches import Patch

    if len(reports) > len(HATCHES):
        raise UserError(
            f'a figure of errors shows at most {len(HATCHES)} models, got {len(reports)}'
        )
    figure = new_figure(11, 8.4)
    first = next(iter(reports.values()))
    panels = {'all people': [[report.all] for report in reports.values()]}
    panels |= {name: [r.groups[name] for r in reports.values()] for name in first.groups}
    for axes, (title, models) in zip(figure.subplots(2, 2, sharey=True).flat, panels.items()):
        _panel(axes, models, title)
    patches = [Patch(fc=_rgb(look), ec=EDGE, label=look.text) for look in STYLES.values()]
    patches += [Patch(fc='w', ec=EDGE, hatch=h, label=name) for name, h in zip(reports, HATCHES)]
    figure.legend(handles=patches, loc='outside lower center', ncols=4, fontsize=9, frameon=False)
    false = ', '.join(f'{name} {report.false_people}' for name, report in reports.items())
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
        top = np.zeros(len(groups))
        for kind, look in reversed(STYLES.items()):
            axes.bar(places, shares[:, kind], 0.92 * width, top, color=_rgb(look),
                     hatch=hatch, edgecolor=EDGE, linewidth=0.6)  # fmt: skip
            top += shares[:, kind]
        for x, y, group in zip(places, top, model):
            if group.people >= FEWEST:
                text = f'OKS\n{group.mean_oks:.2f}'
                axes.text(x, y + 0.8, text, ha='center', va='bottom', fontsize=8)
    style(axes, title, y='% of annotated keypoints')
    axes.set_xticks(range(len(groups)), [f'{g.name}\n(n = {g.people})' for g in groups])
    axes.set_xlim(-0.6, len(groups) - 0.4)
    axes.set_ylim(0, 115)
    axes.grid(False, axis='x')
    axes.tick_params(labelleft=True)


def _rgb(look: ErrorStyle) -> np.ndarray:
    return np.divide(look.colour[::-1], 255)
