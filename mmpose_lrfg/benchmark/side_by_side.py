"""Images by several models side by side: the worst, the best, and where the models differ."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mmpose_lrfg.apis.sources import find_sources
from mmpose_lrfg.apis.writer import image_ids
from mmpose_lrfg.datasets.coco_folder import Split
from mmpose_lrfg.evaluation.diagnosis import Diagnosis, LabelledImage, diagnose, labelled_images
from mmpose_lrfg.evaluation.error_analysis import NAMES
from mmpose_lrfg.runtime.images import write_image
from mmpose_lrfg.utils.errors import UserError, check_not_input
from mmpose_lrfg.utils.progress import Progress
from mmpose_lrfg.utils.tables import Column, Table
from mmpose_lrfg.visualization.errors import Tiles, legend
from mmpose_lrfg.visualization.sheets import below, grid, strip

from .predictions import ImageFile, open_image, predict_models

CLEAR_FROM = 8  # annotated keypoints: fewer say little about a model
TILE = 480  # pixels, of the longer side


def compare_labelled(
    data: Split,
    names: Sequence[str],
    out: Path,
    limit: int | None = None,
    score_thr: float | None = None,
    device: str = 'cpu',
    batch_size: int = 8,
) -> tuple[list[LabelledImage], list[Diagnosis]]:
    """Predict annotated images with every model and find its errors.

    Args:
        data (Split): The images and their annotations.
        names (Sequence[str]): Models, as :func:`.parse_specs` takes them.
        out (Path): Gets the predictions.
        limit (int, optional): Take only the first images.
        score_thr (float, optional): For all models; by default each has its own, see
            :func:`diagnose`.
        device (str), batch_size (int): As in :func:`.predict_models`.

    Returns:
        tuple[list[LabelledImage], list[Diagnosis]]: The images, and the errors of each model.

    Raises:
        UserError: If no image has enough annotated keypoints, or a model cannot be opened.
    """
    images = labelled_images(data)[:limit]
    if all(image.keypoints < CLEAR_FROM for image in images):
        raise UserError(f'no image has {CLEAR_FROM} annotated keypoints or more')
    files = [ImageFile(image.id, image.path) for image in images]
    found = predict_models(names, files, out, device, batch_size)
    return images, [diagnose(label, images, poses, score_thr) for label, poses in found.items()]


def rank(images: Sequence[LabelledImage], models: Sequence[Diagnosis]) -> dict[str, list[int]]:
    """Rank the images with at least :data:`CLEAR_FROM` annotated keypoints.

    Returns:
        dict[str, list[int]]: Indices of the images by rule: ``worst`` and ``best`` by the mean OKS
        of the first model and, with several models, ``difference`` by the largest difference in
        mean OKS. Equal ones stay in the order of the data set.
    """
    chosen = np.array([i for i, image in enumerate(images) if image.keypoints >= CLEAR_FROM])
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
        images, models: The images, and the models on them.
        out (Path): Gets ``worst.jpg``, ``best.jpg`` and ``difference.jpg``.
        top (int): Images of a sheet.

    Returns:
        list[Path]: The sheets.

    Raises:
        UserError: If an image cannot be decoded.
    """
    rankings, written = rank(images, models), []
    shown = ', '.join(f'{m.label} from score {m.score_thr:.2f}' for m in models)
    rules = dict(worst=f'lowest mean OKS of {models[0].label}',
                 best=f'highest mean OKS of {models[0].label}',
                 difference='largest difference in mean OKS between the models')  # fmt: skip
    with Progress('drawing', sum(len(indices[:top]) for indices in rankings.values())) as progress:
        for name, indices in rankings.items():
            heading = (
                f'{name.capitalize()}: {rules[name]}, among {len(indices)} images with '
                f'{CLEAR_FROM} annotated keypoints or more; a missed person counts 0. '
                f'Shown: {shown}.'
            )
            rows = []
            for number, index in enumerate(indices[:top], 1):
                rows.append(_row(number, images[index], models, index))
                progress.update(top * len(written) + number)
            page = below(rows, 14)
            width = page.shape[1]
            path = out / f'{name}.jpg'
            write_image(path, below([strip(heading, width, 17), page, legend(width)], 4))
            written.append(path)
    return written


def _row(number: int, image: LabelledImage, models: Sequence[Diagnosis], index: int) -> np.ndarray:
    """Draw one image: a title, and under it the tiles with their captions."""
    tiles = Tiles(open_image(image.path), TILE)
    drawn = [tiles.labelled(image), *(tiles.judged(image, model, index) for model in models)]
    captions = [f'annotations: {_people(image.people)}']
    captions += [f'{model.label}: {model.summary(index)}' for model in models]
    body = grid(drawn, captions, least_width=240)  # room for the captions
    return below([strip(f'{number}. {image.path.name}', body.shape[1], bold=True), body])


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


def to_json(images: Sequence[LabelledImage], models: Sequence[Diagnosis]) -> dict:
    """Return the errors of the models, and the OKS of each image by model (None without people)."""
    found = [
        dict(
            image_id=image.id,
            file=image.path.name,
            people=image.people,
            oks={m.label: float(m.oks[i]) if image.people else None for m in models},
        )
        for i, image in enumerate(images)
    ]
    return dict(models=error_tables(models)[0].rows, images=found)


def compare_unlabelled(
    sources: Sequence[str],
    names: Sequence[str],
    out: Path,
    score_thr: float = 0.3,
    device: str = 'cpu',
    batch_size: int = 8,
) -> tuple[list[Path], Mapping[str, int]]:
    """Draw the poses of every model on images without annotations, in their order.

    Args:
        sources (Sequence[str]): Images, folders, globs.
        names (Sequence[str]): Models, as :func:`.parse_specs` takes them. Results refer to
            images by the numbers in their names, or else by their position from 1.
        out (Path): Gets one file for each image, under its name.
        score_thr (float): Discard detections that score less.
        device (str), batch_size (int): As in :func:`.predict_models`.

    Returns:
        tuple: The files, and the number of people by model.

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
    models = {
        label: {key: poses.above(score_thr) for key, poses in own.items()}
        for label, own in models.items()
    }
    for source, image, target in zip(found, images, targets):
        tiles = Tiles(open_image(image.path), TILE)
        shown = {label: poses[image.id] for label, poses in models.items()}
        captions = [f'{label}: {_people(len(poses))}' for label, poses in shown.items()]
        body = grid([tiles.plain(poses) for poses in shown.values()], captions, least_width=240)
        title = f'{source.name}, people from score {score_thr:g}'
        write_image(target, below([strip(title, body.shape[1], bold=True), body]))
    return targets, {label: sum(map(len, own.values())) for label, own in models.items()}


def _people(count: int) -> str:
    return f'{count} {"person" if count == 1 else "people"}'
