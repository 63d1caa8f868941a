"""The same pictures by several models side by side, those first on which they differ most."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from mmpose_lrfg.evaluation.diagnosis import Diagnosis, LabelledImage
from mmpose_lrfg.runtime.files import replacing
from mmpose_lrfg.runtime.images import read_image, write_image
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.visualization.errors import Tiles, legend
from mmpose_lrfg.visualization.sheets import below, grid, strip

CROWD_FROM = 4  # people
CLEAR_FROM = 8  # keypoints: a labelled hand alone tells little
GALLERIES: dict[str, tuple[str, Callable[[LabelledImage], bool]]] = {
    'single': (
        f'one person, {CLEAR_FROM} labelled keypoints or more',
        lambda image: image.alone and image.keypoints >= CLEAR_FROM,
    ),
    'crowd': (f'{CROWD_FROM} people or more', lambda image: image.people >= CROWD_FROM),
    'all': ('all images with people', lambda image: image.people > 0),
}
TILE, SHEET_TILE = 640, 400  # pixels, of the longer side
COLUMNS = (TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn(),
           TimeRemainingColumn())  # fmt: skip


def rank(
    images: Sequence[LabelledImage], models: Sequence[Diagnosis], gallery: str
) -> tuple[np.ndarray, np.ndarray]:
    """Images of a gallery, the largest difference in mean OKS between the models first.

    Of one model alone, the lowest OKS comes first. Equal ones stay in the data set's order.

    Returns:
        tuple[ndarray, ndarray]: Indices of the images, and by what they are ranked.

    Raises:
        UserError: If the gallery has no image.
    """
    words, belongs = GALLERIES[gallery]
    chosen = np.array([i for i, image in enumerate(images) if belongs(image)], int)
    if not len(chosen):
        raise UserError(f'the gallery {gallery} is empty: no image has {words}')
    oks = np.stack([model.oks[chosen] for model in models])
    value = np.ptp(oks, axis=0) if len(models) > 1 else 1 - oks[0]
    order = np.argsort(-value, kind='stable')
    return chosen[order], value[order]


class Comparison:
    """Draws rows of tiles: the labels, then what each model found.

    Args:
        images (Sequence[LabelledImage]): The images.
        models (Sequence[Diagnosis]): On these images.
    """

    def __init__(self, images: Sequence[LabelledImage], models: Sequence[Diagnosis]):
        self.images, self.models = images, models

    def row(self, index: int, side: int, title: str) -> np.ndarray:
        """One image: a title, and under it the tiles with their captions."""
        image = self.images[index]
        tiles = Tiles(_read(image.path), side)
        drawn = [tiles.labelled(image)]
        drawn += [tiles.judged(image, model, index) for model in self.models]
        people = f'{image.people} {"person" if image.people == 1 else "people"}'
        captions = [f'labels: {people}']
        captions += [f'{model.label}: {model.summary(index)}' for model in self.models]
        body = grid(drawn, captions, least_width=240)  # room for the captions
        return below([strip(title, body.shape[1], bold=True), body])

    def write(
        self,
        out: Path,
        gallery: str,
        top: int,
        rows: int,
        on_progress: Callable[[], None] = lambda: None,
    ) -> list[Path]:
        """Write the pictures of a gallery, and a sheet of the first of them.

        Args:
            out (Path): Gets ``GALLERY.jpg``, ``GALLERY.csv`` and ``GALLERY/001_NAME.jpg``.
            gallery (str): One of ``GALLERIES``.
            top (int): How many pictures.
            rows (int): How many of them on the sheet.
            on_progress (Callable): Called after every picture.

        Returns:
            list[Path]: The files, the sheet first.

        Raises:
            UserError: If the gallery has no image, or one does not decode.
        """
        order, values = rank(self.images, self.models, gallery)
        written, sheet = [], []
        for number, index in enumerate(order[:top], 1):
            path = self.images[index].path
            rule = 'difference in OKS' if len(self.models) > 1 else '1 - OKS'
            title = f'{number}. {path.name}, {rule} {values[number - 1]:.2f}'
            picture = self.row(index, TILE, title)
            written.append(out / gallery / f'{number:03d}_{path.stem}.jpg')
            write_image(written[-1], below([picture, legend(picture.shape[1])], 4))
            if number <= rows:
                sheet.append(self.row(index, SHEET_TILE, title))
            on_progress()
        page = below(sheet, 14)
        head = strip(self._heading(gallery, len(order)), page.shape[1], 17)
        write_image(out / f'{gallery}.jpg', below([head, page, legend(page.shape[1])], 4))
        write_ranking(out / f'{gallery}.csv', self.images, self.models, zip(order, values))
        return [out / f'{gallery}.jpg', out / f'{gallery}.csv', *written]

    def _heading(self, gallery: str, count: int) -> str:
        by = (
            'the largest difference between the models in the mean OKS of the labelled people'
            if len(self.models) > 1
            else 'the lowest mean OKS of the labelled people'
        )
        shown = ', '.join(f'{m.label} from score {m.score_thr:.2f}' for m in self.models)
        return (
            f'{gallery.capitalize()}: {GALLERIES[gallery][0]} ({count} images). First comes {by}; '
            f'a missed person counts 0. Shown: {shown}.'
        )


def write_galleries(
    images: Sequence[LabelledImage],
    models: Sequence[Diagnosis],
    out: Path,
    galleries: Sequence[str],
    top: int = 24,
    rows: int = 6,
) -> list[Path]:
    """Write several galleries; one without an image is passed over where there are others.

    Returns:
        list[Path]: Sheets and rankings.

    Raises:
        UserError: If none of them has an image.
    """
    sizes = {name: sum(map(GALLERIES[name][1], images)) for name in galleries}
    filled = [name for name in galleries if sizes[name]] or list(galleries[:1])
    total = sum(min(sizes[name], top) for name in filled)
    comparison, written = Comparison(images, models), []
    with Progress(*COLUMNS) as bar:
        task = bar.add_task('drawing', total=total, visible=total > 0)
        for name in filled:
            written += comparison.write(out, name, top, rows, lambda: bar.advance(task))[:2]
    return written


def write_ranking(
    path: Path,
    images: Sequence[LabelledImage],
    models: Sequence[Diagnosis],
    ranked: Iterable[tuple[int, float]],
) -> None:
    """All images of a gallery as CSV: rank, file, people, and the OKS of every model."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(['rank', 'image_id', 'file', 'people', 'value', *(m.label for m in models)])
    for number, (index, value) in enumerate(ranked, 1):
        image = images[index]
        oks = [f'{model.oks[index]:.4f}' for model in models]
        writer.writerow([number, image.id, image.path.name, image.people, f'{value:.4f}', *oks])
    with replacing(path) as temporary:
        temporary.write_text(text.getvalue(), encoding='utf-8')


def _read(path: Path) -> np.ndarray:
    picture = read_image(path)
    if picture is None:
        raise UserError(f'image {path} does not decode')
    return picture
