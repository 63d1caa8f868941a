"""Images by several models side by side: the worst, the best, and where the models differ."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from mmpose_lrfg.apis.sources import find_sources
from mmpose_lrfg.apis.writer import image_ids
from mmpose_lrfg.datasets.coco_folder import AnnotationFile
from mmpose_lrfg.evaluation.diagnosis import Diagnosis, LabelledImage, diagnose, labelled_images
from mmpose_lrfg.evaluation.error_analysis import NAMES
from mmpose_lrfg.runtime.images import write_image
from mmpose_lrfg.utils.errors import UserError, check_not_input
from mmpose_lrfg.utils.tables import Column, Table
from mmpose_lrfg.visualization.errors import Tiles, legend
from mmpose_lrfg.visualization.sheets import below, grid, strip

from .predictions import ImageFile, open_image, predict_models

CLEAR_FROM = 8  # annotated keypoints: fewer say little about a model
TILE = 480  # pixels, of the longer side


def compare_labelled(
    data: AnnotationFile,
    names: Sequence[str],
    out: Path,
    limit: int | None = None,
    score_thr: float | None = None,
    device: str = 'cpu',
    batch_size: int = 8,
) -> tuple[list[LabelledImage], list[Diagnosis]]:
    """Predict annotated images with every model; return the images, and the errors of each model.

    Args:
        data (AnnotationFile): The images and their annotations.
        names, out, device, batch_size: As in :func:`.predict_models`.
        limit (int, optional): Take only the first images.
        score_thr (float, optional): By default each model has its own, see :func:`diagnose`.

    Raises:
        UserError: If no image has enough annotated keypoints, or a model cannot be opened.
    """
    images = labelled_images(data)[:limit]
    if not _clear(images):
        raise UserError(f'no image has {CLEAR_FROM} annotated keypoints or more')
    found = predict_models(names, images, out, device, batch_size)
    return images, [diagnose(label, images, poses, score_thr) for label, poses in found.items()]


def _clear(images: Sequence[LabelledImage]) -> list[int]:
    """Return the indices of the images with enough annotated keypoints."""
    return [i for i, image in enumerate(images) if image.labels.annotated.sum() >= CLEAR_FROM]


def rank(images: Sequence[LabelledImage], models: Sequence[Diagnosis]) -> dict[str, list[int]]:
    """Return the indices of the images with enough annotated keypoints, by rule.

    ``worst`` and ``best`` are by the mean OKS of the first model; with several models,
    ``difference`` is by the largest difference in mean OKS.
    """
    chosen = np.array(_clear(images))
    oks = np.stack([model.oks[chosen] for model in models])
    values = dict(worst=oks[0], best=-oks[0])
    if len(models) > 1:
        values['difference'] = -np.ptp(oks, axis=0)
    return {
        name: chosen[np.argsort(value, kind='stable')].tolist() for name, value in values.items()
    }


def write_sheets(
    images: Sequence[LabelledImage], models: Sequence[Diagnosis], out: Path, top: int = 6
) -> list[Path]:
    """Write a sheet for each rule of :func:`rank`: annotations, and the poses of each model.

    Args:
        images, models: As :func:`compare_labelled` returns them.
        out (Path): Gets ``worst.jpg``, ``best.jpg`` and ``difference.jpg``, which are returned.
        top (int): Images of a sheet.
    """
    written = []
    shown = ', '.join(f'{m.label} from score {m.score_thr:.2f}' for m in models)
    rules = dict(worst=f'lowest mean OKS of {models[0].label}',
                 best=f'highest mean OKS of {models[0].label}',
                 difference='largest difference in mean OKS between the models')  # fmt: skip
    for name, indices in rank(images, models).items():
        heading = (
            f'{name.capitalize()}: {rules[name]}, among {len(indices)} images with {CLEAR_FROM} '
            f'annotated keypoints or more; a missed person counts 0. Shown: {shown}.'
        )
        rows = []
        for number, index in enumerate(indices[:top], 1):
            _, path, labels = images[index]
            tiles = Tiles(open_image(path), TILE)
            drawn = [tiles.labelled(labels)]
            drawn += [tiles.judged(labels, m.poses[index], m.errors[index]) for m in models]
            captions = [f'annotations: {_people(len(labels.areas))}']
            captions += [f'{model.label}: {model.summary(index)}' for model in models]
            rows.append(_captioned(f'{number}. {path.name}', drawn, captions))
        page = below(rows, 14)
        width = page.shape[1]
        written.append(out / f'{name}.jpg')
        write_image(written[-1], below([strip(heading, width, 17), page, legend(width)], 4))
    return written


def error_tables(models: Sequence[Diagnosis]) -> list[Table]:
    """Return a table of people, and one of the shares of the annotated keypoints by error."""
    rows = [dict(model=m.label, score_thr=m.score_thr, **m.shares()) for m in models]
    people = [
        Column('model'),
        Column('score from', 'score_thr', '.3f'),
        Column('people', format='d'),
        Column('missed', 'missed_people', 'd'),
        Column('false', 'false_people', 'd'),
        Column('mean OKS', 'mean_oks', '.3f'),
    ]
    keypoints = [Column('model'), *(Column(name, format='.1%') for name in NAMES)]
    return [Table(rows, people, 'People'), Table(rows, keypoints, 'Annotated keypoints')]


def compare_unlabelled(
    sources: Sequence[str],
    names: Sequence[str],
    out: Path,
    score_thr: float = 0.3,
    device: str = 'cpu',
    batch_size: int = 8,
) -> tuple[list[Path], Mapping[str, int]]:
    """Draw the poses of every model on images; return the files, and the people by model.

    Args:
        sources (Sequence[str]): Images, folders, globs. Results refer to them by the numbers in
            their names, or else by their position from 1.
        names, out, device, batch_size: As in :func:`.predict_models`.
        score_thr (float): Discard detections that score less.

    Raises:
        UserError: If there is no such image, a video is among them, or one would be replaced.
    """
    found = find_sources(sources, results=out)
    for source in found:
        if source.video:
            raise UserError(f'{source.name} is a video; only images are compared')
    targets = [out / f'{source.name.removesuffix(".jpg")}.jpg' for source in found]
    check_not_input(targets, [source.path for source in found])
    ids = image_ids(found) or {source: n for n, source in enumerate(found, 1)}
    images = [ImageFile(ids[source], source.path) for source in found]
    models = predict_models(names, images, out, device, batch_size)
    people = dict.fromkeys(models, 0)
    for source, image, target in zip(found, images, targets):
        tiles = Tiles(open_image(image.path), TILE)
        shown = {label: poses[image.id].above(score_thr) for label, poses in models.items()}
        for label, poses in shown.items():
            people[label] += len(poses)
        captions = [f'{label}: {_people(len(poses))}' for label, poses in shown.items()]
        title = f'{source.name}, people from score {score_thr:g}'
        write_image(target, _captioned(title, map(tiles.plain, shown.values()), captions))
    return targets, people


def _captioned(title: str, tiles: Iterable[np.ndarray], captions: Sequence[str]) -> np.ndarray:
    """Return tiles in a row with their captions, below a title."""
    body = grid(list(tiles), captions, least_width=240)  # room for the captions
    return below([strip(title, body.shape[1], bold=True), body])


def _people(count: int) -> str:
    return f'{count} {"person" if count == 1 else "people"}'
