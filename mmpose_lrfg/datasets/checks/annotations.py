"""Checks and completes the entries of a COCO-style annotation file."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from mmpose_lrfg.utils.coco_constants import AREA_OF_BOX

from .rules import ANNOTATIONS, ERROR, IMAGES, WARNING, Finding, Findings

MAX_COORDINATE = 1_000_000  # pixels; larger numbers overflow in single precision
SLACK = 1.5  # pixels beyond the border that rounding explains
FAR = 0.1  # of the image's longer side
OPTIONAL = ('category_id', 'bbox', 'keypoints', 'num_keypoints', 'area', 'iscrowd')


def check(content: dict, num_keypoints: int, places: bool = False) -> list[Finding]:
    """Check ids, categories, boxes and keypoints.

    Args:
        content (dict): As :func:`read_coco` returns it, strict or not.
        num_keypoints (int): K, by the metainfo.
        places (bool): Also find repeated annotations, and boxes and keypoints outside their image
            or each other.

    Returns:
        list[Finding]: In the order of ``RULES``.
    """
    found = Findings(content)
    _check_images(content[IMAGES], found)
    objects = _check_annotations(content, num_keypoints, places, found)
    findings = found.list()
    if not content.get('categories'):
        text = 'no "categories"; those of the annotations are used'
        findings.append(Finding('no categories', WARNING, text))
    if not objects:
        text = (
            f'no annotated object among {len(content[ANNOTATIONS])} annotations; it needs "bbox" '
            'and visible "keypoints"'
        )
        findings.append(Finding('no object', ERROR, text))
    return findings


def _check_images(images: Sequence[dict], found: Findings) -> None:
    ids, files = Counter(image.get('id') for image in images), set()
    for position, image in enumerate(images):
        name = image.get('file_name')
        if image.get('id') is None or not name:
            found.add('image id', position)
        elif ids[image['id']] > 1:
            found.add('repeated image id', position, f' (id {image["id"]})')
        elif name in files:
            found.add('repeated file', position)
        if not image.get('width') or not image.get('height'):
            found.add('no size', position)
        files.add(name)


def _check_annotations(content: dict, num_keypoints: int, places: bool, found: Findings) -> int:
    """Return the number of objects that can be learnt."""
    ids = Counter(ann.get('id') for ann in content[ANNOTATIONS])
    images = {image.get('id'): image for image in content[IMAGES]}
    categories = {category['id'] for category in content.get('categories') or ()}
    objects, contents = 0, set()
    for position, ann in enumerate(content[ANNOTATIONS]):
        category = ann.get('category_id')
        if ann.get('id') is None or ann.get('image_id') is None:
            found.add('annotation id', position)
        elif ids[ann['id']] > 1:
            found.add('repeated annotation id', position)
        elif ann['id'] == 0:
            found.add('id 0', position)
        if ann.get('image_id') not in images:
            found.add('dangling', position)
            continue
        if category is None:
            found.add('no category', position)
        if categories and (1 if category is None else category) not in categories:
            found.add('category', position, f': {category}, listed: {sorted(categories)}')
        if ann.get('iscrowd') is None:
            found.add('no iscrowd', position)
        visible = _check_keypoints(ann, position, num_keypoints, found)
        box = _check_box(ann, position, found)
        objects += visible and box and not ann.get('iscrowd')
        if places and is_valid(ann, num_keypoints):
            parts = ann['image_id'], category, *ann['bbox'], *ann['keypoints']
            if parts in contents:
                found.add('repeated', position)
            contents.add(parts)
            _check_place(ann, position, images[ann['image_id']], found)
    return objects


def _check_box(ann: dict, position: int, found: Findings) -> bool:
    """Return whether the box has an extent."""
    box, area = ann.get('bbox'), ann.get('area')
    if box is None:
        found.add('no box', position)
    elif not is_finite(box, 4) or min(box[2:]) < 0:
        found.add('numbers', position, f': bbox {box}')
    elif min(box[2:]) == 0:
        found.add('empty box', position, f': {box[2]:g} x {box[3]:g}')
    else:
        if not area or area < 0:
            found.add('no area', position)
        elif not area <= 1.05 * box[2] * box[3] + 1:
            found.add('area', position, f': {area:g} in {box[2]:g} x {box[3]:g}')
        return True
    return False


def _check_keypoints(ann: dict, position: int, num_keypoints: int, found: Findings) -> bool:
    """Return whether any keypoint is annotated."""
    points = ann.get('keypoints')
    if points is None:
        found.add('no keypoints', position)
    elif len(points) != 3 * num_keypoints:
        count = f'{len(points) / 3:g} instead of {num_keypoints} (set by metainfo.from_file)'
        found.add('keypoint count', position, f': {count}')
    elif not is_finite(points, len(points)):
        found.add('numbers', position, ': keypoints')
    elif odd := set(points[2::3]) - {0, 1, 2}:
        found.add('visibility', position, f': {min(odd):g}')
    else:
        visible = sum(v > 0 for v in points[2::3])
        if ann.get('num_keypoints') is None:
            found.add('no num_keypoints', position)
        elif ann['num_keypoints'] != visible:
            found.add('num_keypoints', position, f': {ann["num_keypoints"]}, annotated: {visible}')
        return visible > 0
    return False


def _check_place(ann: dict, position: int, image: dict, found: Findings) -> None:
    if not image.get('width') or not image.get('height'):
        return
    width, height = size = image['width'], image['height']
    x, y, w, h = ann['bbox']
    if w > 0 and h > 0:
        if x >= width or y >= height or x + w <= 0 or y + h <= 0:
            found.add('box outside', position, f': {x:.0f}, {y:.0f} in {width} x {height}')
        elif min(x, y) < -SLACK or x + w > width + SLACK or y + h > height + SLACK:
            found.add('box beyond', position)
    points = np.array(ann['keypoints'], float).reshape(-1, 3)
    points = points[points[:, 2] > 0, :2]
    if not len(points):
        return
    beyond = np.maximum(-points, points - size).max()
    if beyond > SLACK:
        kind = 'keypoint outside' if beyond > FAR * max(size) else 'keypoint beyond'
        found.add(kind, position, f': {beyond:.0f} pixels')
    slack = SLACK + 0.1 * max(w, h)
    low, high = (x - slack, y - slack), (x + w + slack, y + h + slack)
    inside = ((points >= low) & (points <= high)).all(axis=1)
    if w > 0 and h > 0 and inside.mean() < 0.5:
        found.add('keypoint and box', position)


def is_valid(ann: dict, num_keypoints: int) -> bool:
    """Return whether an annotation is an object with a finite box and finite keypoints."""
    box, points = ann.get('bbox') or (), ann.get('keypoints') or ()
    return not ann.get('iscrowd') and is_finite(box, 4) and is_finite(points, 3 * num_keypoints)


def is_finite(values: Sequence[float], count: int) -> bool:
    """Return whether these are so many numbers within the pixels that are possible."""
    return len(values) == count and all(abs(v) <= MAX_COORDINATE for v in values)


def complete(content: dict) -> None:
    """Fill in, in place, what a COCO evaluation needs and a file may leave out.

    Keys with the value null are removed. Areas, ``num_keypoints``, ``iscrowd``, categories and an
    annotation id 0 are filled in or replaced. The content must have no errors.
    """
    annotations = content[ANNOTATIONS]
    for ann in annotations:
        for key in [key for key in OPTIONAL if key in ann and ann[key] is None]:
            del ann[key]
        ann.setdefault('category_id', 1)
        ann.setdefault('iscrowd', 0)
        if ann['id'] == 0:
            ann['id'] = max(each['id'] for each in annotations) + 1
        if 'keypoints' in ann:
            ann.setdefault('num_keypoints', sum(v > 0 for v in ann['keypoints'][2::3]))
        if 'bbox' in ann and (not ann.get('area') or ann['area'] < 0):
            # At least 1, so that an empty box does not divide by zero.
            ann['area'] = max(AREA_OF_BOX * ann['bbox'][2] * ann['bbox'][3], 1.0)
    if not content.get('categories'):
        used = sorted({ann['category_id'] for ann in annotations})
        content['categories'] = [{'id': i, 'name': f'category {i}'} for i in used]
