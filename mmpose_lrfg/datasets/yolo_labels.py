"""Lines of a YOLO-pose label file: class, box and keypoints relative to the image's size."""

from pathlib import Path

from mmpose_lrfg.utils.coco_constants import AREA_OF_BOX
from mmpose_lrfg.utils.data_yaml import YoloSchema
from mmpose_lrfg.utils.errors import UserError

MAX_RELATIVE = 2.0  # larger numbers must be pixels


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
    words, count = line.split(), schema.values
    columns = 5 + count * schema.num_keypoints
    if len(words) != columns:
        raise ValueError(
            f'{len(words)} numbers, but class, box and {schema.num_keypoints} keypoints of '
            f'{count} values are {columns}'
        )
    label, x, y, w, h, *points = map(float, words)
    # False for NaN and infinity.
    if not label.is_integer() or not 0 <= label < len(schema.classes):
        raise ValueError(
            f'class {words[0]} is not one of the {len(schema.classes)} that "names" lists'
        )
    xs, ys = points[0::count], points[1::count]
    for value in (x, y, w, h, *xs, *ys):
        if not -MAX_RELATIVE <= value <= MAX_RELATIVE:
            raise ValueError(f'coordinates are relative to width and height, got {value:g}')
    seen = points[2::3] if count == 3 else [2.0 if x or y else 0.0 for x, y in zip(xs, ys)]
    for value in seen:
        if value not in (0, 1, 2):
            raise ValueError(f'visibility must be 0, 1 or 2, got {value:g}')
    if w < 0 or h < 0:
        raise ValueError(f'width and height of a box must be >= 0, got {w:g} x {h:g}')
    width, height = size
    box = [(x - w / 2) * width, (y - h / 2) * height, w * width, h * height]
    keypoints: list[float] = []
    for x, y, v in zip(xs, ys, seen):
        keypoints += [x * width, y * height, int(v)]
    return {
        'category_id': int(label) + 1,
        'bbox': box,
        'area': AREA_OF_BOX * box[2] * box[3],
        'iscrowd': 0,
        'num_keypoints': sum(v > 0 for v in seen),
        'keypoints': keypoints,
    }


def format_line(
    annotation: dict, label: int, schema: YoloSchema, size: tuple[int, int], digits: int = 6
) -> str:
    """Return the line of a COCO annotation, with visibilities; zeros if it has no keypoints.

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
        words += [_number(x / width, digits), _number(y / height, digits), str(int(v))]
    return ' '.join([str(label), *words])


def _number(value: float, digits: int) -> str:
    text = f'{value:.{digits}f}'.rstrip('0').rstrip('.') if digits else f'{value:.0f}'
    return '0' if text == '-0' else text
