"""Checks of places in images, of repeated annotations, and of the image files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from mmpose_lrfg.datasets.data_files import decoded_sizes, name_inside
from mmpose_lrfg.utils.errors import UserError

from .labels import Labels
from .rules import Finding, Findings

SLACK = 1.5  # pixels beyond the border that rounding explains
FAR = 0.1  # of the image's longer side


def check_places(labels: Labels) -> list[Finding]:
    """Find repeated annotations, and boxes and keypoints outside their image or each other."""
    found, contents = Findings(labels.content), set()
    for position in labels.valid:
        ann = labels.annotations[position]
        parts = ann['image_id'], ann.get('category_id'), *ann['bbox'], *ann['keypoints']
        if parts in contents:
            found.add('repeated', position)
        contents.add(parts)
        image = labels.by_id[ann['image_id']]
        if image.get('width') and image.get('height'):
            _check_place(ann, position, (image['width'], image['height']), found)
    return found.list()


def _check_place(ann: dict, position: int, size: tuple[int, int], found: Findings) -> None:
    width, height = size
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


def check_images(
    labels: Labels, on_progress: Callable[[int, int], None], workers: int | None = None
) -> list[Finding]:
    """Decode every image and compare its size with the annotations'."""
    if labels.folder is None:
        return []
    found, total = Findings(labels.content), len(labels.images)
    paths = [_path_of(labels, image.get('file_name')) for image in labels.images]
    for position, (size, reason) in enumerate(decoded_sizes(paths, workers)):
        image, path = labels.images[position], paths[position]
        annotated = image.get('width'), image.get('height')
        if path is None or not path.is_file():
            found.add('missing image', position, f' is not in {labels.folder}')
        elif size is None:
            found.add('broken image', position, f': {reason}')
        elif all(annotated) and annotated != size:
            given, expected = ('{} x {}'.format(*each) for each in (size, annotated))
            found.add('size', position, f': {given}, annotated: {expected}')
        on_progress(position + 1, total)
    return found.list()


def _path_of(labels: Labels, name: str | None) -> Path | None:
    """Return the path of an image; None if its name leads out of the folder."""
    try:
        return labels.folder / name_inside(labels.folder, name, str(labels.file))
    except UserError:
        return None
