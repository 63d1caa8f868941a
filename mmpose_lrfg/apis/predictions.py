"""Predictions of a model on many images, kept on disk so that an interrupted run continues."""

import contextlib
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import numpy as np

from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.json_files import read_json

from .model_specs import ModelSpec

SCORE_THR = 0.05  # detections with a lower score are not kept


class _Result(msgspec.Struct):
    """A record of a COCO results file."""

    image_id: int
    keypoints: Annotated[list[float], msgspec.Meta(min_length=51, max_length=51)]
    score: float
    bbox: Annotated[list[float], msgspec.Meta(max_length=4)] | None = None
    category_id: int = 1


class ImageFile(NamedTuple):
    """An image and its id in results."""

    id: int
    path: Path


def predict_all(
    spec: ModelSpec,
    images: Sequence[ImageFile],
    folder: str | Path,
    device: str = 'cpu',
    batch_size: int = 8,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[int, Poses]:
    """Predict every image, or read the model's results.

    Predictions are kept in ``folder`` during the run, and the same call continues after the last
    image. At the end they are in ``LABEL.results.json``, which can replace the model.

    Args:
        spec (ModelSpec): The model.
        images (Sequence[ImageFile]): The images.
        folder (str | Path): For the results.
        device (str): 'cpu', 'cuda'.
        batch_size (int): Images per run.
        on_progress (Callable[[int, int], None]): Called with the numbers of images done and in all.

    Returns:
        dict[int, Poses]: By image id, best first.

    Raises:
        UserError: If the model cannot be loaded, its results are invalid, or an image cannot be
            decoded.
    """
    if spec.is_results:
        records = read_results_json(spec.path, {image.id for image in images})
    else:
        records = _predict(spec, images, Path(folder), device, batch_size, on_progress)
    on_progress(len(images), len(images))
    found = {}
    for image in images:
        best_first = sorted(records.get(image.id, ()), key=lambda record: -record['score'])
        found[image.id] = Poses.from_coco(best_first)
    return found


def read_results_json(path: str | Path, ids: set[int] | None = None) -> dict[int, list[dict]]:
    """Read a COCO results file.

    Args:
        path (str | Path): A JSON list of records with ``image_id``, ``keypoints``, ``score`` and
            optionally ``bbox``.
        ids (set[int], optional): Ids of the images, of which at least one must occur.

    Returns:
        dict[int, list[dict]]: Records by image id.

    Raises:
        UserError: If the file is invalid or belongs to other images.
    """
    try:
        records = read_json(path, list[_Result])
    except UserError as error:
        expected = 'COCO results are a list of records with image_id, keypoints and score'
        raise UserError(f'{error}; {expected}') from error
    found = defaultdict(list)
    for record in records:
        record.setdefault('category_id', 1)
        if not record.get('bbox'):
            points = np.reshape(record['keypoints'], (-1, 3))[:, :2]
            record['bbox'] = [*points.min(axis=0), *np.ptp(points, axis=0)]
        found[record['image_id']].append(record)
    if found and ids and not ids & found.keys():
        raise UserError(f'{path} is of other images: none of its image_id is among the labels')
    return dict(found)


def _predict(
    spec: ModelSpec,
    images: Sequence[ImageFile],
    folder: Path,
    device: str,
    batch_size: int,
    on_progress: Callable[[int, int], None],
) -> dict[int, list[dict]]:
    """Predict the images that an earlier call has not, and write all results."""
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r'[^\w.+-]', '_', spec.label)
    partial = folder / f'.{name}.{_fingerprint(spec)}.partial'
    known = _read_partial(partial)
    done = {image.id: known[image.id] for image in images if image.id in known}
    waiting = [image for image in images if image.id not in done]
    on_progress(len(done), len(images))
    predictor = spec.open(device, SCORE_THR, batch_size) if waiting else None
    for start in range(0, len(waiting), batch_size):
        batch = waiting[start : start + batch_size]
        pixels = [read_image(image.path) for image in batch]
        for image, decoded in zip(batch, pixels):
            if decoded is None:
                raise UserError(f'image {image.path} cannot be decoded')
        with partial.open('a', encoding='utf-8') as file:
            for image, poses in zip(batch, predictor(pixels)):
                done[image.id] = poses.to_coco(image.id)
                # The line of a call that was killed may have no end.
                file.write('\n' + json.dumps([image.id, done[image.id]]))
        on_progress(len(done), len(images))
    write_json(folder / f'{name}.results.json', [*chain.from_iterable(done.values())])
    return done


def _fingerprint(spec: ModelSpec) -> str:
    """Return a hash that changes with the checkpoint, whose predictions must not be mixed."""
    stat = Path(spec.path).stat()
    about = [spec.config, spec.path, stat.st_size, stat.st_mtime_ns]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:12]


def _read_partial(path: Path) -> dict[int, list[dict]]:
    """Read the predictions of an earlier call, except a line that was cut off."""
    done = {}
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        with contextlib.suppress(ValueError):
            image_id, records = json.loads(line)
            done[image_id] = records
    return done
