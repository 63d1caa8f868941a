"""Lines of a YOLO-pose label file: class, box and keypoints in parts of the image's sides."""

from pathlib import Path

from mmpose_lrfg.datasets.converters.schema import YoloSchema
from mmpose_lrfg.utils.coco_constants import AREA_OF_BOX
from mmpose_lrfg.utils.errors import UserError

FARTHEST = 2.0  # beyond this, in parts of a side, numbers must be pixels


def parse_labels(path: Path, schema: YoloSchema, size: tuple[int, int]) -> list[dict]:
    """COCO annotations, without ids, of a label file.

    Args:
        path (Path): The file; empty lines do not count.
        schema (YoloSchema): What stands in a line.
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
    """One COCO annotation.

    Raises:
        ValueError: Saying what the line has and what it should have.
    """
    words = line.split()
    if len(words) != schema.columns:
        raise ValueError(
            f'{len(words)} numbers, but class, box and {schema.num_keypoints} keypoints of '
            f'{schema.values} values are {schema.columns}'
        )
    values = [float(word) for word in words]
    # NaN and infinity are no integers either.
    if not values[0].is_integer() or not 0 <= values[0] < len(schema.classes):
        raise ValueError(
            f'class {words[0]} is not one of the {len(schema.classes)} that "names" lists'
        )
    label = int(values[0])
    points = [values[5 + i :: schema.values] for i in range(schema.values)]
    for value in (*values[1:5], *points[0], *points[1]):
        if not -FARTHEST <= value <= FARTHEST:
            raise ValueError(
                f'{value:g} is no part of a side; coordinates are divided by width and height'
            )
    if schema.values == 3:
        seen = points[2]
    else:
        seen = [2.0 if x or y else 0.0 for x, y in zip(*points)]
    for value in seen:
        if value not in (0, 1, 2):
            raise ValueError(f'a visibility is 0, 1 or 2, not {value:g}')
    width, height = size
    x, y, w, h = values[1:5]
    if w < 0 or h < 0:
        raise ValueError(f'a box of {w:g} x {h:g} has a negative side')
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
    """The line of a COCO annotation; one without keypoints gets zeros.

    Args:
        annotation (dict): With ``bbox``, and ``keypoints`` of the schema's number.
        label (int): Its class.
        schema (YoloSchema): What stands in a line.
        size (tuple[int, int]): Width and height of the image in pixels.
        digits (int): Digits after the point.
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
