"""Repairs annotations: clear errors are corrected, unusable entries dropped."""

import copy
from collections import Counter

import numpy as np

from mmpose_lrfg.datasets.coco_checks import complete
from mmpose_lrfg.datasets.coco_rules import ANNOTATIONS, DROP, IMAGES, RULES
from mmpose_lrfg.datasets.image_files import decoded_size

from .examine import Examination
from .labels import Labels

SAME_ASPECT = 0.01  # largest difference of the scales of x and y of a resized image


def repair(examination: Examination) -> tuple[dict, Counter]:
    """Return the repaired content, and the number of changes of each kind.

    Dropped are the entries that ``RULES`` drop, and images of another aspect than annotated.
    Corrected are annotations of resized images, what lies outside the image, keypoint pairs that
    are certainly exchanged, ids, areas, ``num_keypoints``, ``iscrowd``.

    The examined content is not modified.
    """
    labels, done = examination.labels, Counter()
    content = copy.deepcopy(labels.content)
    places = {IMAGES: {}, ANNOTATIONS: {}, '': {}}
    for finding in examination.findings:
        places[finding.part].setdefault(finding.kind, set()).update(finding.positions)
    dropped = {
        part: set().union(*(places[part].get(k, ()) for k, r in RULES.items() if r.repair == DROP))
        for part in (IMAGES, ANNOTATIONS)
    }
    resized = places[IMAGES].get('size', set()) | places[IMAGES].get('no size', set())
    scales = _resize(labels, content, resized - dropped[IMAGES], done)
    dropped[IMAGES] |= {n for n, scale in scales.items() if scale is None}
    images = {n: im for n, im in enumerate(content[IMAGES]) if n not in dropped[IMAGES]}
    by_id = {image['id']: n for n, image in images.items()}
    people = []
    for position, ann in enumerate(content[ANNOTATIONS]):
        if position in dropped[ANNOTATIONS] or ann.get('image_id') not in by_id:
            done['annotations left out'] += 1
            continue
        place = by_id[ann['image_id']]
        _correct(ann, images[place], scales.get(place) or (1.0, 1.0), done)
        people.append(ann)
    pairs = [finding.pair for finding in examination.findings if finding.pair]
    _exchange(people, pairs, done)
    if any(kind in places[ANNOTATIONS] for kind in ('annotation id', 'repeated annotation id')):
        for number, ann in enumerate(people, 1):
            ann['id'] = number
        done['annotation ids'] += len(people)
    done['images left out'] += len(dropped[IMAGES])
    content.update(images=list(images.values()), annotations=people)
    complete(content)
    return content, +done


def _resize(labels: Labels, content: dict, positions: set[int], done: Counter) -> dict:
    """Correct the sizes of images.

    Returns:
        dict: Scale (x, y) of the annotations by position; None if the aspect is another one.
    """
    scales = {}
    for position in positions if labels.folder else ():
        image = content[IMAGES][position]
        size, _ = decoded_size(labels.folder / image['file_name'])
        if size is None:
            continue
        was = image.get('width') or size[0], image.get('height') or size[1]
        x, y = size[0] / was[0], size[1] / was[1]
        image['width'], image['height'] = size
        scales[position] = (x, y) if abs(x / y - 1) < SAME_ASPECT else None
        done['labels of resized images'] += scales[position] is not None and (x, y) != (1, 1)
    return scales


def _correct(ann: dict, image: dict, scale: tuple[float, float], done: Counter) -> None:
    """Scale and clip one annotation in place, and count its keypoints."""
    size = np.array([image.get('width') or np.inf, image.get('height') or np.inf])
    points = np.array(ann['keypoints'], float).reshape(-1, 3)
    before = points.copy()
    points[:, :2] *= scale
    odd = ~np.isin(points[:, 2], (0, 1, 2))
    points[odd, 2] = np.where(points[odd, 2] > 0, 2, 0)
    outside = (points[:, 2] > 0) & ((points[:, :2] < 0) | (points[:, :2] > size)).any(axis=1)
    points[outside] = 0
    done['keypoints outside of the image'] += int(outside.sum())
    if (points != before).any():
        ann['keypoints'] = _flat(points)
    box = np.array(ann['bbox'], float).reshape(2, 2) * scale
    box[1] += box[0]
    clipped = box.clip(0, size)
    done['boxes clipped'] += bool((clipped != box).any())
    if (clipped != box).any() or scale != (1.0, 1.0):
        ann['bbox'] = [*clipped[0].tolist(), *(clipped[1] - clipped[0]).tolist()]
    area = (ann.get('area') or 0) * scale[0] * scale[1]
    if not 0 < area <= 1.05 * np.prod(ann['bbox'][2:]) + 1:
        area = None
        done['areas'] += 1
    visible = int((points[:, 2] > 0).sum())
    done['num_keypoints'] += ann.get('num_keypoints') != visible
    ann.update(area=area, num_keypoints=visible)


def _flat(points: np.ndarray) -> list:
    """(K, 3) as a flat list whose visibilities are whole numbers."""
    return [int(v) if n % 3 == 2 else v for n, v in enumerate(points.ravel().tolist())]


def _exchange(people: list[dict], pairs: list[tuple[int, int]], done: Counter) -> None:
    for ann in people if pairs else ():
        points = np.array(ann['keypoints'], float).reshape(-1, 3)
        for a, b in pairs:
            points[[a, b]] = points[[b, a]]
        ann['keypoints'] = _flat(points)
    done['exchanged pairs'] += len(pairs)
