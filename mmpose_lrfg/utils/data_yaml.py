"""Reads and writes the ``data.yaml`` of a YOLO-pose data set."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import yaml

from .errors import UserError
from .json_files import sentence

SPLITS = ('train', 'val', 'test')
# YAML reads names such as 1, 1.5 or no as a number or a boolean.
_Name = str | int | float


@dataclass
class YoloSchema:
    """Classes and keypoints of YOLO-pose labels.

    Args:
        classes (tuple[str, ...]): Names of the C classes.
        num_keypoints (int): K.
        values (int): Numbers per keypoint: 3 (x, y, visibility) or 2 (x, y; 0, 0 if not annotated).
        flip (tuple[int, ...]): (K,) flip indices; by default no keypoints are swapped.
        keypoints (tuple[str, ...]): (K,) names; by default ``keypoint_0`` and so on.
    """

    classes: tuple[str, ...]
    num_keypoints: int
    values: int = 3
    flip: tuple[int, ...] = ()
    keypoints: tuple[str, ...] = ()

    def __post_init__(self):
        indices = range(self.num_keypoints)
        self.flip = self.flip or tuple(indices)
        self.keypoints = self.keypoints or tuple(f'keypoint_{index}' for index in indices)


def check_names(names: Sequence[str], where: str) -> None:
    """Raise a UserError if a name is empty or given twice."""
    if len(set(map(str, names))) < len(names) or not all(map(str, names)):
        raise UserError(f'{where} must name each keypoint differently, got {list(names)!r}')


class _DataYaml(msgspec.Struct):
    """The keys of a ``data.yaml`` that are read."""

    names: (
        Annotated[list[_Name], msgspec.Meta(min_length=1)]
        | Annotated[dict[int, _Name], msgspec.Meta(min_length=1)]
    )
    kpt_shape: tuple[Annotated[int, msgspec.Meta(ge=1, le=10_000)], Literal[2, 3]]
    flip_idx: list[int] | None = None
    kpt_names: list[_Name] | dict[int, list[_Name] | None] | None = None
    path: str | None = None
    train: str | list[str] | None = None
    val: str | list[str] | None = None
    test: str | list[str] | None = None


def is_data_yaml(path: str | Path) -> bool:
    """Return whether a file of annotations or metainfo is a ``data.yaml``: by its suffix."""
    return str(path).endswith(('.yaml', '.yml'))


def split_of_mode(test_mode: bool | None) -> str:
    """Return the split that a dataset reads unless its config names one."""
    return 'val' if test_mode else 'train'


def read_data_yaml(path: Path) -> tuple[YoloSchema, dict[str, list[Path]]]:
    """Return the schema, and the image folders or lists (.txt) of each split.

    Raises:
        UserError: If something is missing or of another form.
    """
    data = _read(path)
    schema, splits = _schema(path, data), {}
    for split in SPLITS:
        places = getattr(data, split) or []
        places = [places] if isinstance(places, str) else places
        if places:
            splits[split] = [_find(path, data.path or '', place) for place in places]
    if not splits:
        raise UserError(f'{path} names no images: it has no train, val or test')
    return schema, splits


def read_schema(path: Path) -> YoloSchema:
    """Return the schema alone; the images need not exist."""
    return _schema(path, _read(path))


def _read(path: Path) -> _DataYaml:
    try:
        content = yaml.safe_load(path.read_text(encoding='utf-8-sig'))
        return msgspec.convert(content, _DataYaml)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f'{path} cannot be read: {error}') from error
    except yaml.YAMLError as error:
        mark = getattr(error, 'problem_mark', None)
        line = f', line {mark.line + 1}' if mark else ''
        raise UserError(f'{path}{line} is not YAML: {getattr(error, "problem", error)}') from error
    except msgspec.ValidationError as error:
        raise UserError(
            f'{path}: {sentence(error)}; is it the data.yaml of a pose data set?'
        ) from error
    except (ValueError, RecursionError) as error:  # a date such as 2020-99-99, nested lists
        raise UserError(f'{path} is not YAML of a data set: {error}') from error


def _schema(path: Path, data: _DataYaml) -> YoloSchema:
    names, (count, values) = data.names, data.kpt_shape
    if isinstance(names, dict):
        if set(names) != set(range(len(names))):
            raise UserError(f'{path}: "names" must number the classes 0, 1, ..., got {list(names)}')
        names = [names[index] for index in range(len(names))]
    flip = data.flip_idx or []
    indices = list(range(count))
    if flip and (sorted(flip) != indices or [flip[other] for other in flip] != indices):
        raise UserError(
            f'{path}: "flip_idx" must have each of 0 to {count - 1} once and swap pairs, '
            f'got {flip!r}'
        )
    points = data.kpt_names or []
    points = points.get(0) or [] if isinstance(points, dict) else points
    if points and len(points) != count:
        raise UserError(f'{path}: "kpt_names" has {len(points)} names for {count} keypoints')
    check_names(points, f'{path}: "kpt_names"')
    return YoloSchema(tuple(map(str, names)), count, values, tuple(flip), tuple(map(str, points)))


def _find(path: Path, root: str, place: str) -> Path:
    """Return a folder or list that a data.yaml names, relative to ``path`` or to the file."""
    tails = [place, place.removeprefix('../')]
    tried = [path.parent / base / tail for base in (root, '') for tail in tails]
    try:
        for candidate in tried:
            if candidate.exists():
                return candidate
    except OSError as error:  # too long a name, for example
        raise UserError(f'{path} names {place}, which cannot be read: {error.strerror}') from error
    raise UserError(f'{path} names {place}, but {tried[0]} does not exist')


def data_yaml(schema: YoloSchema, splits: Sequence[str]) -> str:
    """Return the text of a ``data.yaml`` beside ``images/`` and ``labels/``."""
    content = {split: f'images/{split}' for split in splits}
    content['kpt_shape'] = [schema.num_keypoints, schema.values]
    content['flip_idx'] = list(schema.flip)
    content['names'] = dict(enumerate(schema.classes))
    content['kpt_names'] = {index: list(schema.keypoints) for index in range(len(schema.classes))}
    return yaml.safe_dump(content, sort_keys=False, default_flow_style=None, allow_unicode=True)
