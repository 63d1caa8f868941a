"""Lines of a YOLO-pose label file: class, box and keypoints relative to the image's size."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmpose_lrfg.utils.coco_constants import AREA_OF_BOX
from mmpose_lrfg.utils.errors import UserError

MAX_RELATIVE = 2.0  # larger numbers must be pixels


@dataclass(frozen=True)
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
    keypoints: tuple[str, ...] = field(default=())

    def __post_init__(self):
        k = self.num_keypoints
        object.__setattr__(self, 'flip', self.flip or tuple(range(k)))
        object.__setattr__(
            self, 'keypoints', self.keypoints or tuple(f'keypoint_{i}' for i in range(k))
        )

    @property
    def columns(self) -> int:
        """Number of values in a line."""
        return 5 + self.values * self.num_keypoints


def check_names(names: Sequence[str], where: str) -> None:
    """Check that all names are different and not empty.

    Raises:
        UserError: If a name is empty or given twice.
    """
    if len(set(map(str, names))) < len(names) or not all(map(str, names)):
        raise UserError(f'{where} must name each keypoint differently, got {list(names)!r}')


def parse_labels(path: Path, schema: YoloSchema, size: tuple[int, int]) -> list[dict]:
    """Return the COCO annotations, without ids, of a label file.

    Args:
        path (Path): The file; empty lines are ignored.
        schema (YoloSchema): Classes and keypoints.
        size (tuple[int, int]): Width and height of the image in pixels.

    Raises:
        UserError: Naming file and line.
    """
    try:
        lines = path.read_text(encoding='utf-8-sig').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f'{path} cannot be read: {error}') from error
    annotations = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                annotations.append(parse_line(line, schema, size))
            except (ValueError, OverflowError) as error:
                raise UserError(f'{path}, line {number}: {error}') from error
    return annotations


def parse_line(line: str, schema: YoloSchema, size: tuple[int, int]) -> dict:
    """Return the COCO annotation of a line.

    Raises:
        ValueError: If numbers are missing or out of range.
    """
    words = line.split()
    if len(words) != schema.columns:
        raise ValueError(
            f'{len(words)} numbers, but class, box and {schema.num_keypoints} keypoints of '
            f'{schema.values} values are {schema.columns}'
        )
    values = [float(word) for word in words]
    # False for NaN and infinity.
    if not values[0].is_integer() or not 0 <= values[0] < len(schema.classes):
        raise ValueError(
            f'class {words[0]} is not one of the {len(schema.classes)} that "names" lists'
        )
    label = int(values[0])
    points = [values[5 + i :: schema.values] for i in range(schema.values)]
    for value in (*values[1:5], *points[0], *points[1]):
        if not -MAX_RELATIVE <= value <= MAX_RELATIVE:
            raise ValueError(f'coordinates are relative to width and height, got {value:g}')
    if schema.values == 3:
        seen = points[2]
    else:
        seen = [2.0 if x or y else 0.0 for x, y in zip(*points)]
    for value in seen:
        if value not in (0, 1, 2):
            raise ValueError(f'visibility must be 0, 1 or 2, got {value:g}')
    width, height = size
    x, y, w, h = values[1:5]
    if w < 0 or h < 0:
        raise ValueError(f'width and height of a box must be >= 0, got {w:g} x {h:g}')
    box = [(x - w / 2) * width, (y - h / 2) * height, w * width, h * height]
    keypoints: list[float] = []
    for x, y, v in zip(points[0], points[1], seen):
        keypoints += [x * width, y * height, int(v)]
    return {
        'category_id': label + 1,
        'bbox': box,
        'area': AREA_OF_BOX * box[2] * box[3],
        'iscrowd': 0,
        'num_keypoints': sum(v > 0 for v in seen),
        'keypoints': keypoints,
    }


def format_line(
    annotation: dict, label: int, schema: YoloSchema, size: tuple[int, int], digits: int = 6
) -> str:
    """Return the line of a COCO annotation; zeros if it has no keypoints.

    Args:
        annotation (dict): With ``bbox``, and ``keypoints`` of the schema's number.
        label (int): Index of its class.
        schema (YoloSchema): Classes and keypoints.
        size (tuple[int, int]): Width and height of the image in pixels.
        digits (int): Number of decimals.
    """
    width, height = size
    x, y, w, h = annotation['bbox']
    words = [(x + w / 2) / width, (y + h / 2) / height, w / width, h / height]
    words = [_number(word, digits) for word in words]
    flat = annotation.get('keypoints') or [0, 0, 0] * schema.num_keypoints
    for x, y, v in zip(flat[0::3], flat[1::3], flat[2::3]):
        if schema.values == 2 and not v:
            x = y = 0  # the only mark of a missing keypoint
        words += [_number(x / width, digits), _number(y / height, digits)]
        if schema.values == 3:
            words.append(str(int(v)))
    return ' '.join([str(label), *words])


def _number(value: float, digits: int) -> str:
    text = f'{value:.{digits}f}'.rstrip('0').rstrip('.') if digits else f'{value:.0f}'
    return '0' if text == '-0' else text
