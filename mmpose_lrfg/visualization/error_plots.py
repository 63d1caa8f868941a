"""Errors as bars: by size of people, by crowding, one model beside another."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmpose_lrfg.evaluation.error_analysis import INVERSION, JITTER, MISS, SWAP, UNFOUND
from mmpose_lrfg.evaluation.error_groups import GROUPINGS, ErrorReport, Group
from mmpose_lrfg.runtime.files import replacing
from mmpose_lrfg.utils.errors import UserError

# From the bottom: the worst first. Okabe and Ito's palette.
KINDS = {
    UNFOUND: ('unfound: its person was missed', '#4d4d4d'),
    MISS: ('miss: far from everything', '#d55e00'),
    SWAP: ("swap: another person's", '#009e73'),
    INVERSION: ('inversion: left for right', '#cc79a7'),
    JITTER: ('jitter: near its place', '#f0e442'),
}
HATCHES = ('', '///', '...', 'xx')
FEWEST = 5  # people: a bar of fewer tells nothing


def plot_errors(reports: dict[str, ErrorReport], out: str | Path) -> Path:
    """Draw the shares of all errors, for everybody and by every grouping.

    Args:
        reports (dict[str, ErrorReport]): By the model's name, at most four, of the same images.
        out (str | Path): The picture; its suffix (.png, .svg, .pdf) sets the format.

    Returns:
        Path: ``out``.

    Raises:
        UserError: If there are more models than can be told apart.
    """
    if len(reports) > len(HATCHES):
        raise UserError(f'{len(reports)} models are too many for one figure; {len(HATCHES)} fit')
    # Neither pyplot nor its global state.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 8.4), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 2, sharey=True)
    first = next(iter(reports.values()))
    panels = {'everybody': [[report.all] for report in reports.values()]}
    panels |= {name: [report.groups[name] for report in reports.values()] for name in GROUPINGS}
    for axis, (title, models) in zip(axes.flat, panels.items()):
        _panel(axis, models, title)
    for axis in axes[:, 0]:
        axis.set_ylabel('% of labelled keypoints')
    _legends(figure, list(reports))
    people = f'{first.all.people} people with {first.all.keypoints} labelled keypoints'
    found_wrong = ', '.join(f'{name} {report.false_positives}' for name, report in reports.items())
    figure.suptitle(
        f'Errors on {first.images} images, {people}\nfound where nobody is labelled: {found_wrong}',
        fontsize=12,
    )
    out = Path(out)
    with replacing(out) as temporary:
        figure.savefig(temporary, dpi=110, format=out.suffix[1:])
    return out


def _panel(axis, models: Sequence[Sequence[Group]], title: str) -> None:
    """Groups from left to right, in each the models; on every bar the mean OKS."""
    groups = models[0]
    width = 0.8 / len(models) if len(groups) > 1 else 0.5 / len(models)
    for number, (model, hatch) in enumerate(zip(models, HATCHES)):
        places = np.arange(len(groups)) + (number - (len(models) - 1) / 2) * width
        shares = np.stack([100 * g.shares if g.people >= FEWEST else 0 * g.shares for g in model])
        floor = np.zeros(len(groups))
        for kind, (_, colour) in KINDS.items():
            axis.bar(places, shares[:, kind], 0.92 * width, floor, color=colour, hatch=hatch,
                     edgecolor='#222222', linewidth=0.6)  # fmt: skip
            floor += shares[:, kind]
        for place, top, group in zip(places, floor, model):
            if group.people >= FEWEST:
                text = f'OKS\n{group.oks:.2f}'
                axis.text(place, top + 0.8, text, ha='center', va='bottom', fontsize=8)
            elif number == 0:
                text = 'nobody' if not group.people else f'only {group.people}'
                axis.text(place, 1, text, fontsize=8, color='#555555')
    names = [f'{group.name}\n(n = {group.people})' for group in groups]
    axis.set_xticks(range(len(groups)), names, fontsize=9)
    axis.set_xlim(-0.6, len(groups) - 0.4)
    axis.margins(y=0.16)
    axis.set_title(title, fontsize=11)
    axis.grid(axis='y', alpha=0.3)
    axis.set_axisbelow(True)
    axis.tick_params(labelleft=True)


def _legends(figure, names: Sequence[str]) -> None:
    from matplotlib.patches import Patch

    patches = [
        Patch(facecolor=colour, edgecolor='#222222', label=text)
        for text, colour in reversed(KINDS.values())
    ]
    patches += [
        Patch(facecolor='white', edgecolor='#222222', hatch=hatch, label=name)
        for name, hatch in zip(names, HATCHES)
    ]
    figure.legend(handles=patches, loc='outside lower center', ncols=4, fontsize=9, frameon=False)
