"""Successes and failures chosen by a rule, and the errors behind them."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from mmpose_lrfg.evaluation.diagnosis import Diagnosis, LabelledImage
from mmpose_lrfg.evaluation.error_analysis import INVERSION, JITTER, MISS, SWAP, UNFOUND
from mmpose_lrfg.evaluation.error_groups import ErrorReport, count_errors
from mmpose_lrfg.runtime.files import replacing, write_json
from mmpose_lrfg.runtime.images import write_image
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.visualization.error_plots import plot_errors
from mmpose_lrfg.visualization.errors import legend
from mmpose_lrfg.visualization.sheets import below, strip

from .visual import CLEAR_FROM, SHEET_TILE, Comparison

RULES = {
    'best': 'the highest mean OKS of the labelled people',
    'median': 'around the median of the mean OKS of the labelled people',
    'worst': 'the lowest mean OKS of the labelled people',
}
SHOWN = {'unfound': UNFOUND, 'miss': MISS, 'swap': SWAP, 'inversion': INVERSION, 'jitter': JITTER}


def choose(
    images: Sequence[LabelledImage], model: Diagnosis, rule: str, count: int
) -> tuple[np.ndarray, int]:
    """Images by a rule, from the first model's OKS.

    Only images with at least ``CLEAR_FROM`` labelled keypoints take part; equal ones keep the
    data set's order.

    Returns:
        tuple[ndarray, int]: Indices, and among how many they were chosen.

    Raises:
        UserError: If there is no such image.
    """
    clear = np.array([i for i, image in enumerate(images) if image.keypoints >= CLEAR_FROM], int)
    if not len(clear):
        raise UserError(f'no image has {CLEAR_FROM} labelled keypoints or more')
    order = clear[np.argsort(-model.oks[clear], kind='stable')]
    if rule == 'best':
        return order[:count], len(order)
    if rule == 'worst':
        return order[::-1][:count], len(order)
    start = max(0, len(order) // 2 - count // 2)
    return order[start : start + count], len(order)


def write_gallery(
    images: Sequence[LabelledImage], models: Sequence[Diagnosis], out: Path, count: int = 6
) -> list[Path]:
    """Write the sheets of all rules, the figure of errors and its numbers.

    Args:
        images (Sequence[LabelledImage]): The images.
        models (Sequence[Diagnosis]): The first one is what images are chosen by.
        out (Path): Gets ``best.jpg``, ``median.jpg``, ``worst.jpg``, ``errors.png``,
            ``errors.json`` and ``errors.md``.
        count (int): Images of a rule.

    Returns:
        list[Path]: The files.
    """
    comparison, first, written = Comparison(images, models), models[0], []
    for rule, words in RULES.items():
        chosen, among = choose(images, first, rule, count)
        rows = [
            comparison.row(index, SHEET_TILE, f'{number}. {images[index].path.name}')
            for number, index in enumerate(chosen, 1)
        ]
        page = below(rows, 14)
        head = (
            f'{rule.capitalize()} by {first.label}: {words}, among {among} images with '
            f'{CLEAR_FROM} labelled keypoints or more. A missed person counts 0.'
        )
        picture = [strip(head, page.shape[1], 17), page, legend(page.shape[1])]
        written.append(out / f'{rule}.jpg')
        out.mkdir(parents=True, exist_ok=True)
        write_image(written[-1], below(picture, 4))
    reports = {model.label: count_errors(images, model.errors) for model in models}
    written.append(plot_errors(reports, out / 'errors.png'))
    content = {
        model.label: dict(score_thr=model.score_thr, **asdict(reports[model.label]))
        for model in models
    }
    write_json(out / 'errors.json', content)
    with replacing(out / 'errors.md') as path:
        path.write_text(table(reports), encoding='utf-8')
    return [*written, out / 'errors.md', out / 'errors.json']


def table(reports: dict[str, ErrorReport]) -> str:
    """The errors in percent of the labelled keypoints, in Markdown, group by group."""
    header = ['', 'people', 'model', 'mean OKS', 'people missed', 'good', *SHOWN]
    lines = [header, ['---'] * len(header)]
    first = next(iter(reports.values()))
    for title in (None, *first.groups):
        groups = [[r.all] if title is None else r.groups[title] for r in reports.values()]
        for same in zip(*groups):
            if not same[0].people:
                continue
            name = ' '.join(same[0].name.split())
            for label, group in zip(reports, same):
                shares = [100 * group.shares[kind] for kind in (0, *SHOWN.values())]
                lines.append([
                    f'{title}: {name}' if title else 'everybody', str(group.people), label,
                    f'{group.mean_oks:.3f}', f'{100 * group.missed_people / group.people:.1f} %',
                    *(f'{share:.1f} %' for share in shares),
                ])  # fmt: skip
    return ''.join(f'| {" | ".join(line)} |\n' for line in lines)
