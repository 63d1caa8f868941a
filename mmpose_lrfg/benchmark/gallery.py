"""Best, median and worst images of a model, and its errors by group."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from mmpose_lrfg.evaluation.diagnosis import Diagnosis, LabelledImage
from mmpose_lrfg.evaluation.error_analysis import INVERSION, JITTER, MISS, SWAP, UNFOUND
from mmpose_lrfg.evaluation.error_groups import ErrorReport, count_errors
from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.tables import Column, Table, write_text
from mmpose_lrfg.visualization.error_plots import plot_errors

from .visual import CLEAR_FROM, Comparison

RULES = {'best': 'the highest', 'median': 'around the median of the', 'worst': 'the lowest'}
SHOWN = {
    'good': 0, 'unfound': UNFOUND, 'miss': MISS, 'swap': SWAP, 'inversion': INVERSION,
    'jitter': JITTER,
}  # fmt: skip


def ranked(images: Sequence[LabelledImage], model: Diagnosis) -> np.ndarray:
    """Return indices of the images by falling mean OKS of a model.

    Only images with at least :data:`CLEAR_FROM` annotated keypoints take part; equal ones stay in
    the order of the data set.

    Raises:
        UserError: If there is no such image.
    """
    clear = np.array([i for i, image in enumerate(images) if image.keypoints >= CLEAR_FROM], int)
    if not len(clear):
        raise UserError(f'no image has {CLEAR_FROM} annotated keypoints or more')
    return clear[np.argsort(-model.oks[clear], kind='stable')]


def choose(order: np.ndarray, rule: str, count: int) -> np.ndarray:
    """Return ``count`` of the :func:`ranked` indices by one of :data:`RULES`."""
    if rule == 'worst':
        return order[::-1][:count]
    start = max(0, len(order) // 2 - count // 2) if rule == 'median' else 0
    return order[start : start + count]


def write_gallery(
    images: Sequence[LabelledImage], models: Sequence[Diagnosis], out: Path, count: int = 6
) -> list[Path]:
    """Write the sheets of all rules, the figure of errors and its numbers.

    Args:
        images, models: The images, and the models on them; the first one chooses images.
        out (Path): Gets ``best.jpg``, ``median.jpg``, ``worst.jpg``, ``errors.png``,
            ``errors.md`` and ``errors.json``.
        count (int): Images of a rule.

    Returns:
        list[Path]: The files.
    """
    comparison, order = Comparison(images, models), ranked(images, models[0])
    for rule, description in RULES.items():
        chosen = enumerate(choose(order, rule, count), 1)
        titles = {index: f'{number}. {images[index].path.name}' for number, index in chosen}
        heading = (
            f'{rule.capitalize()} by {models[0].label}: {description} mean OKS of the annotated '
            f'people, among {len(order)} images with {CLEAR_FROM} annotated keypoints or more. A '
            'missed person counts 0.'
        )
        comparison.write_sheet(out / f'{rule}.jpg', heading, titles)
    reports = {model.label: count_errors(images, model.errors) for model in models}
    plot_errors(reports, out / 'errors.png')
    write_text(out / 'errors.md', error_table(reports).to_markdown())
    content = {
        model.label: dict(score_thr=model.score_thr, **asdict(reports[model.label]))
        for model in models
    }
    write_json(out / 'errors.json', content)
    sheets = [f'{rule}.jpg' for rule in RULES]
    return [out / name for name in (*sheets, 'errors.png', 'errors.md', 'errors.json')]


def error_table(reports: Mapping[str, ErrorReport]) -> Table:
    """Return the errors as shares of the annotated keypoints, group by group."""
    columns = [Column('group'), Column('people', format='d'), Column('model')]
    columns += [Column('mean OKS', format='.3f'), Column('people missed', format='.1%')]
    columns += [Column(name, format='.1%') for name in SHOWN]
    rows = []
    for kind in (None, *next(iter(reports.values())).groups):
        groups = [[r.all] if kind is None else r.groups[kind] for r in reports.values()]
        for same in zip(*groups):
            title = f'{kind}: {" ".join(same[0].name.split())}' if kind else 'everybody'
            rows += [
                {
                    'group': title,
                    'people': group.people,
                    'model': model,
                    'mean OKS': group.mean_oks,
                    'people missed': group.missed_people / group.people,
                    **{name: group.shares[error] for name, error in SHOWN.items()},
                }
                for model, group in zip(reports, same)
                if group.people
            ]
    return Table(rows, columns)
