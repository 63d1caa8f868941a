"""Boxes and keypoints one by one: their numbers and sizes, and whether they are in the image."""

from collections.abc import Iterator

import numpy as np

from .findings import (
    ERROR,
    WARNING,
    Collector,
    Finding,
    Labels,
    is_numbers,
)

SLACK = 1.5  # pixels beyond the border that rounding explains
FAR = 0.1  # of the image's longer side


def check_shapes(labels: Labels) -> Iterator[Finding]:
    """Wrong numbers of numbers, empty boxes and areas, and what lies outside of its image."""
    found = Collector(labels)
    for position, ann in enumerate(labels.annotations):
        _numbers(labels, found, position, ann)
    for position in labels.good:
        _places(labels, found, position, labels.annotations[position])
    k = labels.num_keypoints
    yield from found.annotations(
        'no keypoints', WARNING, 'annotations without "keypoints"; left out'
    )
    yield from found.annotations('no box', WARNING, 'annotations without "bbox"; left out')
    yield from found.annotations(
        'keypoint count', ERROR, f'annotations whose "keypoints" are not {k} times (x, y, v)'
    )
    yield from found.annotations('numbers', ERROR, 'annotations with what is no number')
    yield from found.annotations('visibility', ERROR, 'keypoints whose visibility is not 0, 1 or 2')
    yield from found.annotations('empty box', WARNING, 'boxes without width or height; not learnt')
    yield from found.annotations('no area', WARNING, 'no "area", or none above 0; 0.53 of the box')
    yield from found.annotations(
        'area', WARNING, 'an "area" larger than the box; OKS and AP depend on it'
    )
    yield from found.annotations('num_keypoints', WARNING, '"num_keypoints" is not their number')
    yield from found.annotations(
        'box beyond', WARNING, 'boxes that reach beyond the image; cut off'
    )
    yield from found.annotations('box outside', ERROR, 'boxes of which nothing is in the image')
    yield from found.annotations(
        'keypoint beyond', WARNING, 'labelled keypoints a little outside of the image'
    )
    yield from found.annotations('keypoint outside', ERROR, 'labelled keypoints far from the image')
    yield from found.annotations(
        'keypoint and box', WARNING, 'objects with most labelled keypoints outside of their box'
    )


def _numbers(labels: Labels, found: Collector, position: int, ann: dict) -> None:
    box, points = ann.get('bbox'), ann.get('keypoints')
    if box is None:
        found.add('no box', position)
    elif not is_numbers(box, 4):
        found.add('numbers', position, f': bbox {box}')
    elif min(box[2:]) <= 0:
        found.add('empty box', position, f': {box[2]:g} x {box[3]:g}')
    elif not ann.get('area') or ann['area'] < 0:
        found.add('no area', position)
    elif ann['area'] > 1.05 * box[2] * box[3] + 1:
        found.add('area', position, f': {ann["area"]:g} in {box[2]:g} x {box[3]:g}')
    if points is None:
        found.add('no keypoints', position)
    elif not isinstance(points, list) or len(points) != 3 * labels.num_keypoints:
        found.add('keypoint count', position, f': {len(points) / 3:g}')
    elif not is_numbers(points, len(points)):
        found.add('numbers', position, ': keypoints')
    elif set(points[2::3]) - {0, 1, 2}:
        found.add('visibility', position, f': {max(points[2::3])}')
    elif 'num_keypoints' in ann and ann['num_keypoints'] != sum(v > 0 for v in points[2::3]):
        found.add('num_keypoints', position, f': {ann["num_keypoints"]}')


def _places(labels: Labels, found: Collector, position: int, ann: dict) -> None:
    image = labels.by_id[ann['image_id']]
    width, height = image.get('width'), image.get('height')
    if not width or not height:
        return
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
    beyond = np.maximum(-points, points - (width, height)).max()
    if beyond > FAR * max(width, height):
        found.add('keypoint outside', position, f': {beyond:.0f} pixels')
    elif beyond > SLACK:
        found.add('keypoint beyond', position, f': {beyond:.0f} pixels')
    slack = SLACK + 0.1 * max(w, h)
    inside = ((points >= (x - slack, y - slack)) & (points <= (x + w + slack, y + h + slack))).all(
        1
    )
    if w > 0 and h > 0 and inside.mean() < 0.5:
        found.add('keypoint and box', position)
