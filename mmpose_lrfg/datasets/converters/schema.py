"""What the numbers of a YOLO-pose label stand for, and the ``data.yaml`` that says it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import yaml

from mmpose_lrfg.datasets.coco_json import sentence
from mmpose_lrfg.utils.errors import UserError

SPLITS = ('train', 'val', 'test')
SIDES = {'left': 'right', 'right': 'left', 'l': 'r', 'r': 'l'}

# YAML reads a name such as 1, 1.5 or no as a number or a truth value.
_Name = str | int | float


class _DataYaml(msgspec.Struct):
    """The keys of a ``data.yaml`` that count here."""

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


@dataclass(frozen=True)
class YoloSchema:
    """Classes and keypoints of YOLO-pose labels.

    Args:
        classes (tuple[str, ...]): Names of the C classes.
        num_keypoints (int): K.
        values (int): Of a keypoint: 3 (x, y, visibility) or 2 (x, y; 0, 0 is not labelled).
        flip (tuple[int, ...]): For each keypoint, the one that takes its place in a mirror.
        keypoints (tuple[str, ...]): Names of the K keypoints; made up where nobody named them.
    """

    classes: tuple[str, ...]
    num_keypoints: int
    values: int = 3
    flip: tuple[int, ...] = ()
    keypoints: tuple[str, ...] = field(default=())

    def __post_init__(self):
        k = self.num_keypoints
        object.__setattr__(self, 'flip', self.flip or tuple(range(k)))
        object.__setattr__(
            self, 'keypoints', self.keypoints or tuple(f'keypoint_{i}' for i in range(k))
        )

    @property
    def columns(self) -> int:
        """Numbers of a line."""
        return 5 + self.values * self.num_keypoints


def check_names(names: Sequence[str], where: str) -> None:
    """Check that keypoints can be told apart by their names.

    Raises:
        UserError: If a name is empty or given twice.
    """
    if len(set(map(str, names))) < len(names) or not all(map(str, names)):
        raise UserError(f'{where} must name each keypoint differently, got {list(names)!r}')


def flip_by_name(names: Sequence[str]) -> tuple[int, ...]:
    """Pairs by their names: 'left_eye' swaps with 'right_eye', 'nose' with itself."""
    found = {name: index for index, name in enumerate(names)}

    def mirrored(name: str) -> str:
        parts = name.split('_')
        return '_'.join(SIDES.get(part, part) for part in parts)

    return tuple(found.get(mirrored(name), index) for name, index in found.items())


def read_data_yaml(path: Path) -> tuple[YoloSchema, dict[str, list[Path]]]:
    """The schema, and the image folders or lists (.txt) of each split.

    Raises:
        UserError: Naming what is missing or of another form.
    """
    try:
        content = yaml.load(path.read_text(encoding='utf-8-sig'), _Loader)
        data = msgspec.convert(content, _DataYaml)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f'{path} cannot be read: {error}') from error
    except yaml.YAMLError as error:
        mark = getattr(error, 'problem_mark', None)
        line = f', line {mark.line + 1}' if mark else ''
        raise UserError(f'{path}{line} is not YAML: {getattr(error, "problem", error)}') from error
    except msgspec.ValidationError as error:
        raise UserError(
            f'{path}: {sentence(error)}; is it the data.yaml of a data set of poses?'
        ) from error
    except (ValueError, RecursionError) as error:  # a date such as 2020-99-99, nested lists
        raise UserError(f'{path} is not YAML of a data set: {error}') from error
    schema = _schema(path, data)
    splits = {}
    for split in SPLITS:
        named = getattr(data, split) or []
        places = [named] if isinstance(named, str) else named
        if places:
            splits[split] = [_find(path, data.path or '', place) for place in places]
    if not splits:
        raise UserError(f'{path} names no images: it has no train, val or test')
    return schema, splits


class _Loader(yaml.SafeLoader):
    """Without aliases of lists and mappings, which can nest in themselves or grow exponentially."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            if isinstance(self.anchors.get(event.anchor), yaml.CollectionNode):
                problem = f'*{event.anchor} repeats a list or mapping; write it out'
                raise yaml.composer.ComposerError(problem=problem, problem_mark=event.start_mark)
        return super().compose_node(parent, index)


def _schema(path: Path, data: _DataYaml) -> YoloSchema:
    names, (count, values) = data.names, data.kpt_shape
    if isinstance(names, dict):
        if set(names) != set(range(len(names))):
            raise UserError(f'{path}: "names" must number the classes 0, 1, ..., got {list(names)}')
        names = [names[index] for index in range(len(names))]
    flip = data.flip_idx or []
    if flip and sorted(flip) != list(range(count)):
        raise UserError(f'{path}: "flip_idx" has each of 0 to {count - 1} once, not {flip!r}')
    if any(flip[other] != index for index, other in enumerate(flip)):
        raise UserError(f'{path}: "flip_idx" must swap pairs, got {flip!r}')
    points = data.kpt_names or []
    points = points.get(0) or [] if isinstance(points, dict) else points
    if points and len(points) != count:
        raise UserError(f'{path}: "kpt_names" has {len(points)} names for {count} keypoints')
    check_names(points, f'{path}: "kpt_names"')
    return YoloSchema(tuple(map(str, names)), count, values, tuple(flip), tuple(map(str, points)))


def _find(path: Path, root: str, place: str) -> Path:
    """A folder or list that a data.yaml names, wherever its writer counted from."""
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
    """The text of a ``data.yaml`` beside ``images/`` and ``labels/``."""
    content = {split: f'images/{split}' for split in splits}
    content['kpt_shape'] = [schema.num_keypoints, schema.values]
    content['flip_idx'] = list(schema.flip)
    content['names'] = dict(enumerate(schema.classes))
    content['kpt_names'] = {index: list(schema.keypoints) for index in range(len(schema.classes))}
    return yaml.safe_dump(content, sort_keys=False, default_flow_style=None, allow_unicode=True)
