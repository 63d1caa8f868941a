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
        on_progress (Callable): Called with the numbers of images done and in all.

    Returns:
        dict[int, Poses]: By image id, best first.

    Raises:
        UserError: If the model cannot be loaded, its results are invalid, or an image cannot be
            decoded.
    """
    ids = {image.id for image in images}
    if spec.is_results:
        records = read_results_json(spec.path, ids)
    else:
        Path(folder).mkdir(parents=True, exist_ok=True)
        name = re.sub(r'[^\w.+-]', '_', spec.label)
        partial = Path(folder, f'.{name}.{_fingerprint(spec)}.partial')
        records = {key: found for key, found in _read_partial(partial).items() if key in ids}
        waiting = [image for image in images if image.id not in records]
        on_progress(len(records), len(images))
        if waiting:
            predictor = spec.open(device=device, score_thr=SCORE_THR, batch_size=batch_size)
        for start in range(0, len(waiting), batch_size):
            batch = waiting[start : start + batch_size]
            poses = predictor([_read(image) for image in batch])
            new = {image.id: found.to_coco(image.id) for image, found in zip(batch, poses)}
            with partial.open('a', encoding='utf-8') as file:
                for entry in new.items():
                    # The line of a call that was killed may have no end.
                    file.write('\n' + json.dumps(entry))
            records |= new
            on_progress(len(records), len(images))
        write_json(Path(folder, f'{name}.results.json'), [*chain.from_iterable(records.values())])
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


def _read(image: ImageFile) -> np.ndarray:
    pixels = read_image(image.path)
    if pixels is None:
        raise UserError(f'image {image.path} cannot be decoded')
    return pixels


def _fingerprint(spec: ModelSpec) -> str:
    """Return a hash of the model: predictions of two checkpoints must not be mixed."""
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
