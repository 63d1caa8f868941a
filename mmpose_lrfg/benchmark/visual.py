"""Images by several models side by side, those first on which the models differ most."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmpose_lrfg.apis.predictions import ImageFile
from mmpose_lrfg.apis.sources import find_sources
from mmpose_lrfg.apis.video import write_image
from mmpose_lrfg.apis.writer import image_ids
from mmpose_lrfg.evaluation.diagnosis import Diagnosis, LabelledImage
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.errors import UserError, check_not_input
from mmpose_lrfg.utils.progress import Progress
from mmpose_lrfg.utils.tables import Column, Table, write_text
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


class Ranking(NamedTuple):
    """Indices of images in their order, and the values they are ranked by."""

    indices: np.ndarray
    values: np.ndarray


def rank(images: Sequence[LabelledImage], models: Sequence[Diagnosis], gallery: str) -> Ranking:
    """Rank the images of a gallery by the difference in mean OKS between the models.

    With one model, the lowest OKS comes first. Equal ones stay in the order of the data set.

    Raises:
        UserError: If the gallery has no image.
    """
    chosen = np.array([i for i, im in enumerate(images) if GALLERIES[gallery].contains(im)], int)
    if not len(chosen):
        description = GALLERIES[gallery].description
        raise UserError(f'the gallery {gallery} is empty: no image has {description}')
    oks = np.stack([model.oks[chosen] for model in models])
    value = np.ptp(oks, axis=0) if len(models) > 1 else 1 - oks[0]
    order = np.argsort(-value, kind='stable')
    return Ranking(chosen[order], value[order])


class Comparison:
    """Draws rows of tiles: the annotations, then the poses of each model.

    Args:
        images (Sequence[LabelledImage]): The images.
        models (Sequence[Diagnosis]): On these images.
    """

    def __init__(self, images: Sequence[LabelledImage], models: Sequence[Diagnosis]):
        self.images, self.models = images, models

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

    def write_sheet(self, path: Path, heading: str, titles: dict[int, str]) -> Path:
        """Write rows of images on one sheet with a legend; ``titles`` by index of the image."""
        page = below([self.row(index, SHEET_TILE, text) for index, text in titles.items()], 14)
        width = page.shape[1]
        write_image(path, below([strip(heading, width, 17), page, legend(width)], 4))
        return path

    def write_ranking(self, path: Path, ranking: Ranking) -> None:
        """Write all images of a gallery as CSV: rank, file, people, and the OKS of each model."""
        rows = [
            dict(
                rank=number,
                image_id=self.images[index].id,
                file=self.images[index].path.name,
                people=self.images[index].people,
                value=f'{value:.4f}',
                **{model.label: f'{model.oks[index]:.4f}' for model in self.models},
            )
            for number, (index, value) in enumerate(zip(*ranking), 1)
        ]
        write_text(path, Table(rows, [Column(title) for title in rows[0]]).to_csv())


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
        images (Sequence[LabelledImage]): The images.
        models (Sequence[Diagnosis]): On these images.
        out (Path): Gets ``GALLERY.jpg``, ``GALLERY.csv`` and ``GALLERY/001_NAME.jpg``.
        galleries (Sequence[str]): Of :data:`GALLERIES`.
        top (int): Images of a gallery.
        rows (int): How many of them are on the sheet.

    Returns:
        list[Path]: Sheets and rankings.

    Raises:
        UserError: If all of them are empty, or an image does not decode.
    """
    sizes = {name: sum(map(GALLERIES[name].contains, images)) for name in galleries}
    filled = [name for name in galleries if sizes[name]] or list(galleries[:1])
    comparison, written, done = Comparison(images, models), [], 0
    several = len(models) > 1
    rule = 'difference in OKS' if several else '1 - OKS'
    by = 'largest difference between the models in' if several else 'lowest'
    shown = ', '.join(f'{m.label} from score {m.score_thr:.2f}' for m in models)
    with Progress('drawing', sum(min(sizes[name], top) for name in filled)) as progress:
        for name in filled:
            ranking = rank(images, models, name)
            titles = {}
            for number, index in enumerate(ranking.indices[:top], 1):
                path = images[index].path
                titles[index] = f'{number}. {path.name}, {rule} {ranking.values[number - 1]:.2f}'
                row = comparison.row(index, TILE, titles[index])
                target = out / name / f'{number:03d}_{path.stem}.jpg'
                write_image(target, below([row, legend(row.shape[1])], 4))
                progress.update(done := done + 1)
            heading = (
                f'{name.capitalize()}: {GALLERIES[name].description} '
                f'({len(ranking.indices)} images), by the {by} mean OKS of the annotated people; a '
                f'missed person counts 0. Shown: {shown}.'
            )
            first = dict(list(titles.items())[:rows])
            written.append(comparison.write_sheet(out / f'{name}.jpg', heading, first))
            written.append(out / f'{name}.csv')
            comparison.write_ranking(written[-1], ranking)
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
