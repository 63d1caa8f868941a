"""Repairs annotations: clear errors are corrected, unusable entries dropped."""

import copy

import numpy as np

from .annotations import complete
from .duplicates import look_at
from .labels import Labels
from .rules import ANNOTATIONS, DROP, IMAGES, RULES

SAME_ASPECT = 0.01  # largest difference of the scales of x and y of a resized image


def repair(labels: Labels) -> dict:
    """Return the repaired content.

    Dropped are the entries that ``RULES`` drop, and images of another aspect than annotated.
    Corrected are annotations of resized images, what lies outside the image, keypoint pairs that
    are certainly exchanged, ids, areas, ``num_keypoints``, ``iscrowd``.

    The content of ``labels`` is not modified.
    """
    content = copy.deepcopy(labels.content)
    dropped, resized = {IMAGES: set(), ANNOTATIONS: set()}, set()
    for finding in labels.findings:
        if finding.kind in RULES and RULES[finding.kind].repair == DROP:
            dropped[finding.part].update(finding.positions)
        elif finding.kind in ('size', 'no size'):
            resized.update(finding.positions)
    scales = _resize(labels, content, resized - dropped[IMAGES])
    dropped[IMAGES] |= {n for n, scale in scales.items() if scale is None}
    images = {n: im for n, im in enumerate(content[IMAGES]) if n not in dropped[IMAGES]}
    by_id = {image['id']: n for n, image in images.items()}
    pairs = [finding.pair for finding in labels.findings if finding.pair]
    kept = []
    for position, ann in enumerate(content[ANNOTATIONS]):
        if position not in dropped[ANNOTATIONS] and ann.get('image_id') in by_id:
            place = by_id[ann['image_id']]
            _correct(ann, images[place], scales.get(place) or (1.0, 1.0), pairs)
            kept.append(ann)
    kinds = {finding.kind for finding in labels.findings}
    if kinds & {'annotation id', 'repeated annotation id'}:
        for number, ann in enumerate(kept, 1):
            ann['id'] = number
    content.update(images=list(images.values()), annotations=kept)
    complete(content)
    return content


def _resize(labels: Labels, content: dict, positions: set[int]) -> dict:
    """Correct the sizes of images.

    Returns:
        dict: Scale (x, y) of the annotations by position; None if the aspect is another one.
    """
    scales = {}
    for position in positions if labels.folder else ():
        image = content[IMAGES][position]
        size = look_at(labels.folder / image['file_name']).size
        if size is None:
            continue
        x, y = size[0] / (image.get('width') or size[0]), size[1] / (image.get('height') or size[1])
        image['width'], image['height'] = size
        scales[position] = (x, y) if abs(x / y - 1) < SAME_ASPECT else None
    return scales


def _correct(
    ann: dict, image: dict, scale: tuple[float, float], pairs: list[tuple[int, int]]
) -> None:
    """Scale and clip one annotation in place, exchange pairs and count its keypoints."""
    size = np.array([image.get('width') or np.inf, image.get('height') or np.inf])
    points = np.array(ann['keypoints'], float).reshape(-1, 3)
    before = points.copy()
    points[:, :2] *= scale
    odd = ~np.isin(points[:, 2], (0, 1, 2))
    points[odd, 2] = np.where(points[odd, 2] > 0, 2, 0)
    points[((points[:, :2] < 0) | (points[:, :2] > size)).any(axis=1) & (points[:, 2] > 0)] = 0
    for a, b in pairs:
        points[[a, b]] = points[[b, a]]
    if (points != before).any():
        flat = points.ravel().tolist()
        ann['keypoints'] = [int(v) if n % 3 == 2 else v for n, v in enumerate(flat)]
    box = np.array(ann['bbox'], float).reshape(2, 2) * scale
    box[1] += box[0]
    clipped = box.clip(0, size)
    if (clipped != box).any() or scale != (1.0, 1.0):
        ann['bbox'] = [*clipped[0].tolist(), *(clipped[1] - clipped[0]).tolist()]
    area = (ann.get('area') or 0) * scale[0] * scale[1]
    if not 0 < area <= 1.05 * np.prod(ann['bbox'][2:]) + 1:
        area = None
    ann.update(area=area, num_keypoints=int((points[:, 2] > 0).sum()))
