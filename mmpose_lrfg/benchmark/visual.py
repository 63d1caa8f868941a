"""Images by several models side by side, those first on which the models differ most."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmpose_lrfg.apis.predictions import ImageFile
from mmpose_lrfg.apis.sources import find_sources
from mmpose_lrfg.apis.writer import image_ids
from mmpose_lrfg.evaluation.diagnosis import Diagnosis, LabelledImage
from mmpose_lrfg.runtime.images import read_image, write_image
from mmpose_lrfg.utils.errors import UserError, check_not_input
from mmpose_lrfg.utils.progress import Progress
from mmpose_lrfg.utils.tables import Table, write_text
from mmpose_lrfg.visualization.errors import Tiles, legend
from mmpose_lrfg.visualization.sheets import below, grid, strip

from .predictions import predict_models

CROWD_FROM = 4  # people
CLEAR_FROM = 8  # keypoints: fewer say little about a model
TILE, SHEET_TILE = 640, 400  # pixels, of the longer side


@dataclass(frozen=True)
class Gallery:
    """A selection of images."""

    description: str
    contains: Callable[[LabelledImage], bool]


GALLERIES = {
    'single': Gallery(
        f'one person, {CLEAR_FROM} annotated keypoints or more',
        lambda image: image.alone and image.keypoints >= CLEAR_FROM,
    ),
    'crowd': Gallery(f'{CROWD_FROM} people or more', lambda image: image.people >= CROWD_FROM),
    'all': Gallery('all images with people', lambda image: image.people > 0),
}


@dataclass(frozen=True)
class Comparison:
    """Draws rows of tiles: the annotations, then the poses of each model on these images."""

    images: Sequence[LabelledImage]
    models: Sequence[Diagnosis]

    def row(self, index: int, side: int, title: str) -> np.ndarray:
        """Draw one image: a title, and under it the tiles with their captions."""
        image = self.images[index]
        pixels = read_image(image.path)
        if pixels is None:
            raise UserError(f'image {image.path} does not decode')
        tiles = Tiles(pixels, side)
        drawn = [tiles.labelled(image)]
        drawn += [tiles.judged(image, model, index) for model in self.models]
        captions = [f'annotations: {_people(image.people)}']
        captions += [f'{model.label}: {model.summary(index)}' for model in self.models]
        body = grid(drawn, captions, least_width=240)  # room for the captions
        return below([strip(title, body.shape[1], bold=True), body])

    def write_sheet(self, path: Path, heading: str, titles: dict[int, str]) -> None:
        """Write rows of images on one sheet with a legend; ``titles`` by index of the image."""
        page = below([self.row(index, SHEET_TILE, text) for index, text in titles.items()], 14)
        width = page.shape[1]
        write_image(path, below([strip(heading, width, 17), page, legend(width)], 4))


def rank(
    images: Sequence[LabelledImage], models: Sequence[Diagnosis], gallery: str
) -> dict[int, dict]:
    """Rank the images of a gallery by the difference in mean OKS between the models.

    With one model, the lowest OKS comes first. Equal ones stay in the order of the data set.

    Returns:
        dict[int, dict]: By index of the image: its rank, file and people, the value by which it is
        ranked, and the OKS of each model.
    """
    contains, ranking = GALLERIES[gallery].contains, {}
    chosen = [index for index, image in enumerate(images) if contains(image)]
    oks = np.stack([model.oks[chosen] for model in models])
    value = np.ptp(oks, axis=0) if len(models) > 1 else 1 - oks[0]
    for number, place in enumerate(np.argsort(-value, kind='stable'), 1):
        image = images[chosen[place]]
        ranking[chosen[place]] = dict(
            rank=number,
            image_id=image.id,
            file=image.path.name,
            people=image.people,
            value=f'{value[place]:.4f}',
            **{model.label: f'{own:.4f}' for model, own in zip(models, oks[:, place])},
        )
    return ranking


def write_galleries(
    images: Sequence[LabelledImage],
    models: Sequence[Diagnosis],
    out: Path,
    galleries: Sequence[str],
    top: int = 24,
    rows: int = 6,
) -> list[Path]:
    """Write several galleries; empty ones are left out where there are others.

    Args:
        images, models: The images, and the models on them.
        out (Path): Gets ``GALLERY.jpg``, ``GALLERY.csv`` and ``GALLERY/001_NAME.jpg``.
        galleries (Sequence[str]): Of :data:`GALLERIES`.
        top (int): Images of a gallery.
        rows (int): How many of them are on the sheet.

    Returns:
        list[Path]: Sheets and rankings.

    Raises:
        UserError: If all of them are empty, or an image does not decode.
    """
    comparison, written, done = Comparison(images, models), [], 0
    rankings = {name: rank(images, models, name) for name in galleries}
    rankings = {name: ranking for name, ranking in rankings.items() if ranking}
    if not rankings:
        name = galleries[0]
        description = GALLERIES[name].description
        raise UserError(f'the gallery {name} is empty: no image has {description}')
    several = len(models) > 1
    rule = 'difference in OKS' if several else '1 - OKS'
    by = 'largest difference between the models in' if several else 'lowest'
    shown = ', '.join(f'{m.label} from score {m.score_thr:.2f}' for m in models)
    total = sum(min(len(ranking), top) for ranking in rankings.values())
    with Progress('drawing', total) as progress:
        for name, ranking in rankings.items():
            titles = {}
            for index, about in itertools.islice(ranking.items(), top):
                value = float(about['value'])
                titles[index] = f'{about["rank"]}. {about["file"]}, {rule} {value:.2f}'
                row = comparison.row(index, TILE, titles[index])
                target = out / name / f'{about["rank"]:03d}_{images[index].path.stem}.jpg'
                write_image(target, below([row, legend(row.shape[1])], 4))
                progress.update(done := done + 1)
            heading = (
                f'{name.capitalize()}: {GALLERIES[name].description} ({len(ranking)} images), by '
                f'the {by} mean OKS of the annotated people; a missed person counts 0. '
                f'Shown: {shown}.'
            )
            sheet, csv = out / f'{name}.jpg', out / f'{name}.csv'
            comparison.write_sheet(sheet, heading, dict(list(titles.items())[:rows]))
            write_text(csv, Table(list(ranking.values())).to_csv())
            written += [sheet, csv]
    return written


def compare_unlabelled(
    sources: Sequence[str],
    names: Sequence[str],
    out: Path,
    score_thr: float = 0.3,
    device: str = 'cpu',
    batch_size: int = 8,
) -> list[Path]:
    """Draw the poses of every model on images without annotations, in their order.

    Args:
        sources (Sequence[str]): Images, folders, globs.
        names (Sequence[str]): Models, as :func:`.predict_models` takes them. Results refer to
            images by the numbers in their names, or else by their position from 1.
        out (Path): Gets one file for each image, under its name.
        score_thr (float): Discard detections that score less.
        device (str), batch_size (int): As in :func:`predict_models`.

    Returns:
        list[Path]: The files.

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
    for source, image, target in zip(found, images, targets):
        tiles = Tiles(read_image(image.path), TILE)
        shown = {label: poses[image.id].above(score_thr) for label, poses in models.items()}
        captions = [f'{label}: {_people(len(poses))}' for label, poses in shown.items()]
        body = grid([tiles.plain(poses) for poses in shown.values()], captions)
        title = f'{source.name}, people from score {score_thr:g}'
        write_image(target, below([strip(title, body.shape[1], bold=True), body]))
    return targets


def _people(count: int) -> str:
    return f'{count} {"person" if count == 1 else "people"}'
