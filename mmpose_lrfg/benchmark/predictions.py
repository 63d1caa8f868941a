"""Predictions of several models on the images of a data set."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import numpy as np

from mmpose_lrfg.apis.model_specs import ModelSpec
from mmpose_lrfg.apis.sources import free_names
from mmpose_lrfg.runtime import COCO, Poses
from mmpose_lrfg.runtime.engines import RUNTIMES
from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.errors import UserError, nearest
from mmpose_lrfg.utils.json_files import read_json
from mmpose_lrfg.utils.progress import Progress
from mmpose_lrfg.weights import BY_NAME

FORMS = 's6, n6, CONFIG:CHECKPOINT, an exported .onnx or .xml file, or a .json of COCO results'
SCORE_THR = 0.05  # detections with a lower score are not kept


class _Result(msgspec.Struct):
    image_id: int
    keypoints: Annotated[list[float], msgspec.Meta(min_length=51, max_length=51)]
    score: float
    bbox: Annotated[list[float], msgspec.Meta(max_length=4)] | None = None
    category_id: int = 1


class ImageFile(NamedTuple):
    """An image and its id in results; other objects with these attributes do as well."""

    id: int
    path: Path


def parse_specs(texts: Sequence[str]) -> list[ModelSpec]:
    """Read ``[LABEL=]MODEL``, where MODEL has one of :data:`FORMS`; all labels differ.

    The default label is the name of the config or file.

    Raises:
        UserError: If a text has another form, or its file does not exist.
    """
    specs = [_parse(text) for text in texts]
    labels = free_names([spec.label for spec in specs])
    return [replace(spec, label=label) for spec, label in zip(specs, labels)]


def _parse(text: str) -> ModelSpec:
    named = re.fullmatch(r'([^=/:]+)=(.+)', text)
    label, rest = named.groups() if named else ('', text)
    if rest in BY_NAME:
        return replace(ModelSpec.from_weights(rest), label=label or rest)
    config, _, path = rest.rpartition(':')
    if config.endswith(':'):  # mmpose_lrfg::config without a checkpoint
        raise UserError(f'model {text} has no checkpoint; write {FORMS}')
    if not config:
        path = rest
        if Path(path).suffix not in (*RUNTIMES, '.json'):
            raise UserError(f'unknown model {text}; write {FORMS}')
    file = Path(path)
    if not file.is_file():
        beside = [other.name for other in file.parent.glob(f'*{file.suffix}')]
        raise UserError(f'{path} does not exist.{nearest(file.name, beside)}')
    name = Path(config).stem if config else file.name.removesuffix('.json')
    return ModelSpec(label or name.removesuffix('.results'), config or None, path)


def predict_models(
    names: Sequence[str],
    images: Sequence[ImageFile],
    out: str | Path,
    device: str = 'cpu',
    batch_size: int = 8,
) -> dict[str, dict[int, Poses]]:
    """Return poses, best first, by label of the model and id of the image.

    Args:
        names (Sequence[str]): Models, as :func:`parse_specs` takes them.
        images (Sequence[ImageFile]): The images.
        out (str | Path): Gets ``predictions/LABEL.results.json``, which can replace the model.
        device (str), batch_size (int): How models are run.

    Raises:
        UserError: If a model cannot be loaded, its results are invalid, or an image cannot be
            decoded. Predictions of earlier models stay in ``out``.
    """
    found, ids = {}, {image.id for image in images}
    for spec in parse_specs(names):
        if spec.is_results:
            records = read_results_json(spec.path, ids)
        else:
            predictor = spec.open(device=device, score_thr=SCORE_THR, batch_size=batch_size)
            if predictor.skeleton.names != COCO.names:
                raise UserError(
                    f'{spec.label} predicts {len(predictor.skeleton)} keypoints of its own; only '
                    "models of COCO's 17 keypoints can be compared"
                )
            poses = predict_images(predictor, images, spec.label, batch_size)
            records = {key: each.to_coco(key) for key, each in poses.items()}
            name = re.sub(r'[^\w.+-]', '_', spec.label)
            path = Path(out, 'predictions', f'{name}.results.json')
            write_json(path, [*chain.from_iterable(records.values())])
        found[spec.label] = {
            key: Poses.from_coco(sorted(records.get(key, ()), key=lambda each: -each['score']))
            for key in ids
        }
    return found


def predict_images(
    predictor: Callable, images: Sequence[ImageFile], name: str, batch_size: int = 1
) -> dict[int, Poses]:
    """Return the poses of images by their id; ``name`` is that of the predictor.

    Raises:
        UserError: If an image cannot be decoded.
    """
    found = {}
    with Progress(f'predicting with {name}', len(images)) as progress:
        for start in range(0, len(images), batch_size):
            batch = images[start : start + batch_size]
            poses = predictor([open_image(image.path) for image in batch])
            found |= {image.id: each for image, each in zip(batch, poses)}
            progress.update(len(found))
    return found


def open_image(path: Path) -> np.ndarray:
    """Read an image (H, W, 3) uint8 BGR.

    Raises:
        UserError: If it cannot be decoded.
    """
    pixels = read_image(path)
    if pixels is None:
        raise UserError(f'image {path} cannot be decoded')
    return pixels


def read_results_json(path: str | Path, ids: set[int] | None = None) -> dict[int, list[dict]]:
    """Read a COCO results file; return its records by image id.

    Raises:
        UserError: If the file is invalid, or has none of the ``ids`` of images.
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
