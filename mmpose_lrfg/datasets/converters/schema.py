"""What the numbers of a YOLO-pose label stand for, and the ``data.yaml`` that says it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from mmpose_lrfg.errors import UserError

SPLITS = ('train', 'val', 'test')
SIDES = {'left': 'right', 'right': 'left', 'l': 'r', 'r': 'l'}


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
        content = yaml.safe_load(path.read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f'{path} cannot be read: {error}') from error
    except yaml.YAMLError as error:
        mark = getattr(error, 'problem_mark', None)
        line = f', line {mark.line + 1}' if mark else ''
        raise UserError(f'{path}{line} is not YAML: {getattr(error, "problem", error)}') from error
    if not isinstance(content, dict):
        raise UserError(
            f'{path} has no "names" and "kpt_shape"; is it the data.yaml of a data set?'
        )
    schema = _schema(path, content)
    splits = {}
    for split in SPLITS:
        named = content.get(split) or []
        places = [named] if isinstance(named, str) else list(named)
        if places:
            splits[split] = [_find(path, content.get('path') or '', place) for place in places]
    if not splits:
        raise UserError(f'{path} names no images: it has no train, val or test')
    return schema, splits


def _schema(path: Path, content: dict) -> YoloSchema:
    names, shape = content.get('names'), content.get('kpt_shape')
    if isinstance(names, dict) and set(names) == set(range(len(names))):
        names = [names[index] for index in range(len(names))]
    if not isinstance(names, list) or not names:
        raise UserError(f'{path}: "names" lists the classes, 0 and up, not {names!r}')
    numbers = isinstance(shape, list) and all(isinstance(n, int) for n in shape)
    if not numbers or len(shape) != 2 or shape[0] < 1 or shape[1] not in (2, 3):
        raise UserError(
            f'{path}: "kpt_shape" is [keypoints, 2 or 3], not {shape!r}; without keypoints it is '
            'no data set of poses'
        )
    flip = content.get('flip_idx') or []
    if flip and sorted(flip) != list(range(shape[0])):
        raise UserError(f'{path}: "flip_idx" has each of 0 to {shape[0] - 1} once, not {flip!r}')
    if any(flip[other] != index for index, other in enumerate(flip)):
        raise UserError(f'{path}: "flip_idx" must swap pairs, got {flip!r}')
    points = content.get('kpt_names') or {}
    points = points if isinstance(points, list) else points.get(0) or []
    if points and len(points) != shape[0]:
        raise UserError(f'{path}: "kpt_names" has {len(points)} names for {shape[0]} keypoints')
    check_names(points, f'{path}: "kpt_names"')
    return YoloSchema(
        tuple(map(str, names)), shape[0], shape[1], tuple(flip), tuple(map(str, points))
    )


def _find(path: Path, root: str, place: str) -> Path:
    """A folder or list that a data.yaml names, wherever its writer counted from."""
    tails = [place, place.removeprefix('../')]
    tried = [path.parent / base / tail for base in (root, '') for tail in tails]
    for candidate in tried:
        if candidate.exists():
            return candidate
    raise UserError(f'{path} names {place}, but {tried[0]} does not exist')


def data_yaml(schema: YoloSchema, splits: Sequence[str]) -> str:
    """The text of a ``data.yaml`` beside ``images/`` and ``labels/``."""
    content = {split: f'images/{split}' for split in splits}
    content['kpt_shape'] = [schema.num_keypoints, schema.values]
    content['flip_idx'] = list(schema.flip)
    content['names'] = dict(enumerate(schema.classes))
    content['kpt_names'] = {index: list(schema.keypoints) for index in range(len(schema.classes))}
    return yaml.safe_dump(content, sort_keys=False, default_flow_style=None, allow_unicode=True)
