"""Best, median and worst images of a model, and its errors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmpose_lrfg.evaluation.diagnosis import Diagnosis, LabelledImage
from mmpose_lrfg.evaluation.error_analysis import NAMES
from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.tables import Column, Table, write_text

from .visual import CLEAR_FROM, Comparison

RULES = {'best': 'the highest', 'median': 'around the median of the', 'worst': 'the lowest'}


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
    """Write the sheets of all rules, and the errors in numbers.

    Args:
        images, models: The images, and the models on them; the first one chooses images.
        out (Path): Gets ``best.jpg``, ``median.jpg``, ``worst.jpg``, ``errors.md`` and
            ``errors.json``.
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
    rows = [dict(model=m.label, score_thr=m.score_thr, **m.shares()) for m in models]
    columns = [Column('model'), Column('score_thr', format='.3f'), Column('people', format='d')]
    columns += [Column(name, format='d') for name in ('missed_people', 'false_people')]
    columns += [Column('mean_oks', format='.3f'), *(Column(name, format='.1%') for name in NAMES)]
    write_text(out / 'errors.md', Table(rows, columns).to_markdown())
    write_json(out / 'errors.json', rows)
    return [out / name for name in (*(f'{rule}.jpg' for rule in RULES), 'errors.md', 'errors.json')]
