"""The poses of many images by one model: kept on disk, so that an interrupted run goes on."""

import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.json_files import read_json

from .model_specs import ModelSpec

SCORE_THR = 0.05  # people below are not kept


class _Result(msgspec.Struct):
    """A record of a COCO results file."""

    image_id: int
    keypoints: Annotated[list[float], msgspec.Meta(min_length=51, max_length=51)]
    score: float
    bbox: Annotated[list[float], msgspec.Meta(max_length=4)] | None = None
    category_id: int = 1


class Picture(NamedTuple):
    """An image by the id that results know it by."""

    id: int
    path: Path


def predict_all(
    spec: ModelSpec,
    pictures: Sequence[Picture],
    folder: str | Path,
    device: str = 'cpu',
    batch_size: int = 8,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[int, Poses]:
    """Poses of every picture, from the model or from its results.

    A model's poses are kept in ``folder`` while it runs: the same call goes on after the last
    image. At the end they are ``LABEL.results.json``, which may stand for the model from then on.

    Args:
        spec (ModelSpec): The model.
        pictures (Sequence[Picture]): The images.
        folder (str | Path): For the results.
        device (str): 'cpu', 'cuda'.
        batch_size (int): Images at a time.
        on_progress (Callable[[int, int], None]): Called with images done and in all.

    Returns:
        dict[int, Poses]: By the id of the picture, best first.

    Raises:
        UserError: If the model cannot be opened, results are not COCO's, or an image does not
            decode.
    """
    if spec.is_results:
        records = read_results_json(spec.path, {picture.id for picture in pictures})
    else:
        records = _run(spec, pictures, Path(folder), device, batch_size, on_progress)
    on_progress(len(pictures), len(pictures))
    return {picture.id: _poses(records.get(picture.id, ())) for picture in pictures}


def _poses(records: Sequence[dict]) -> Poses:
    return Poses.from_coco(sorted(records, key=lambda record: -record['score']))


def read_results_json(path: str | Path, ids: set[int] | None = None) -> dict[int, list[dict]]:
    """Records of a COCO results file by image.

    Args:
        path (str | Path): A JSON list with ``image_id``, ``keypoints``, ``score``; ``bbox`` may
            be missing.
        ids (set[int], optional): Images that are asked for.

    Raises:
        UserError: If it is something else, or is of none of these images.
    """
    found: dict[int, list[dict]] = {}
    try:
        records = read_json(path, list[_Result])
    except UserError as error:
        hint = 'COCO results are a list of records with image_id, keypoints and score'
        raise UserError(f'{error}; {hint}') from error
    for record in records:
        record.setdefault('category_id', 1)
        if not record.get('bbox'):
            xs, ys = record['keypoints'][0::3], record['keypoints'][1::3]
            record['bbox'] = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
        found.setdefault(record['image_id'], []).append(record)
    if found and ids and not ids & found.keys():
        raise UserError(f'{path} is of other images: none of its image_id is among the labels')
    return found


def _run(spec, pictures, folder: Path, device, batch_size, on_progress) -> dict[int, list[dict]]:
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r'[^\w.+-]', '_', spec.label)
    path = folder / f'.{name}.{_fingerprint(spec)}.partial'
    done = _read_partial(path)
    waiting = [picture for picture in pictures if picture.id not in done]
    on_progress(len(pictures) - len(waiting), len(pictures))
    if waiting:
        predictor = spec.open(device, SCORE_THR, batch_size)
        with path.open('a', encoding='utf-8') as file:
            for picture, poses in _predict(predictor, waiting, batch_size):
                done[picture.id] = poses.to_coco(picture.id)
                file.write(json.dumps([picture.id, done[picture.id]]) + '\n')
                file.flush()
                on_progress(len(pictures) - len(waiting) + 1, len(pictures))
                waiting = waiting[1:]
    wanted = {picture.id for picture in pictures}
    records = [record for key, some in done.items() if key in wanted for record in some]
    write_json(folder / f'{name}.results.json', records)
    return done


def _fingerprint(spec: ModelSpec) -> str:
    """Another checkpoint must not go on with the poses of the one before."""
    stat = Path(spec.path).stat() if Path(spec.path).is_file() else None
    about = [spec.config, spec.path, *((stat.st_size, stat.st_mtime_ns) if stat else ())]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:12]


def _read_partial(path: Path) -> dict[int, list[dict]]:
    """Whole lines of an earlier call; a last line that was cut short is dropped from the file."""
    if not path.is_file():
        return {}
    done, good = {}, 0
    for line in path.read_bytes().splitlines(keepends=True):
        with contextlib.suppress(ValueError):
            if line.endswith(b'\n'):
                key, records = json.loads(line)
                done[key] = records
                good += len(line)
                continue
        break
    with path.open('r+b') as file:
        file.truncate(good)
    return done


def _predict(predictor, pictures: Sequence[Picture], size: int) -> Iterator[tuple[Picture, Poses]]:
    for start in range(0, len(pictures), size):
        batch = pictures[start : start + size]
        images = [read_image(picture.path) for picture in batch]
        for picture, image in zip(batch, images):
            if image is None:
                raise UserError(f'image {picture.path} does not decode')
        yield from zip(batch, predictor(images))
