"""A copy of the annotations that a training takes: what is clear is mended, the rest left out."""

import copy
from collections import Counter

import numpy as np

from mmpose_lrfg.utils.coco_constants import AREA_OF_BOX

from .examine import Examination
from .files import size_of
from .findings import Labels

DROPPED_IMAGES = ('image id', 'repeated image id', 'repeated file', 'missing image', 'broken image')
DROPPED_ANNOTATIONS = (
    'dangling', 'category', 'repeated', 'no box', 'no keypoints', 'keypoint count', 'numbers',
    'empty box', 'box outside',
)  # fmt: skip
SAME_FORM = 0.01  # sides that differ by this are of one picture, resized


def repair(examination: Examination) -> tuple[dict, Counter]:
    """The mended content, and what was done how often.

    Left out: images that are missing, do not decode, or whose id or file is not theirs alone;
    annotations without usable box and keypoints, of no listed image or category, or that are there
    twice. Mended: pictures that were resized (the labels follow), what lies outside of the image,
    pairs of sides that are exchanged for certain, ids, areas, ``num_keypoints``, ``iscrowd``.

    The content that was examined stays as it is.
    """
    labels, done = examination.labels, Counter()
    content = copy.deepcopy(labels.content)
    found = {}
    for finding in examination.findings:
        found.setdefault(finding.kind, []).append(finding)

    def places(kinds, of):
        return {n for kind in kinds for f in found.get(kind, ()) for n in getattr(f, of)}

    no_images = places(DROPPED_IMAGES, 'images')
    no_annotations = places(DROPPED_ANNOTATIONS, 'annotations')
    scales = _resize(labels, content, places(('size', 'no size'), 'images') - no_images, done)
    no_images |= {n for n, scale in scales.items() if scale is None}
    kept = [image for n, image in enumerate(content['images']) if n not in no_images]
    known = {image['id']: n for n, image in enumerate(content['images']) if n not in no_images}
    people = []
    for position, ann in enumerate(content['annotations']):
        if position in no_annotations or ann.get('image_id') not in known:
            done['annotations left out'] += 1
            continue
        place = known[ann['image_id']]
        _mend(ann, content['images'][place], scales.get(place) or (1.0, 1.0), done)
        people.append(ann)
    _exchange(people, [f.pair for f in found.get('sides', ()) if f.pair], done)
    _number(
        people, places(('annotation id', 'repeated annotation id', 'id 0'), 'annotations'), done
    )
    done['images left out'] += len(no_images)
    return {**content, 'images': kept, 'annotations': people}, +done


def _resize(labels: Labels, content: dict, positions: set[int], done: Counter) -> dict:
    """Scale (x, y) of the labels of resized pictures by position; None where it is another one."""
    scales = {}
    for position in positions:
        image = content['images'][position]
        size = size_of(labels.folder / image['file_name']) if labels.folder else None
        if size is None:
            continue
        was = image.get('width') or size[0], image.get('height') or size[1]
        x, y = size[0] / was[0], size[1] / was[1]
        image['width'], image['height'] = size
        scales[position] = (x, y) if abs(x / y - 1) < SAME_FORM else None
        done['labels of resized images'] += scales[position] is not None and (x, y) != (1, 1)
    return scales


def _mend(ann: dict, image: dict, scale: tuple[float, float], done: Counter) -> None:
    """Scale, cut off at the image, count; in place."""
    if 'category_id' not in ann:
        ann['category_id'] = 1
    size = np.array([image.get('width') or np.inf, image.get('height') or np.inf])
    points = np.array(ann['keypoints'], float).reshape(-1, 3)
    points[:, :2] *= scale
    odd = ~np.isin(points[:, 2], (0, 1, 2))
    points[odd, 2] = np.where(points[odd, 2] > 0, 2, 0)
    outside = (points[:, 2] > 0) & ((points[:, :2] < 0) | (points[:, :2] > size)).any(axis=1)
    points[outside] = 0
    done['keypoints outside of the image'] += int(outside.sum())
    box = np.array(ann['bbox'], float).reshape(2, 2) * scale
    box[1] += box[0]
    cut = box.clip(0, size)
    if (cut != box).any():
        done['boxes cut off'] += 1
    if (cut != box).any() or scale != (1.0, 1.0):
        ann['bbox'] = [*cut[0].tolist(), *(cut[1] - cut[0]).tolist()]
    if outside.any() or odd.any() or scale != (1.0, 1.0):
        ann['keypoints'] = [
            int(v) if n % 3 == 2 else v for n, v in enumerate(points.ravel().tolist())
        ]
    room = float(np.prod(ann['bbox'][2:]))
    area = (ann.get('area') or 0) * scale[0] * scale[1]
    if not 0 < area <= 1.05 * room + 1:
        area = AREA_OF_BOX * room
        done['areas'] += 1
    ann['area'] = area
    ann['iscrowd'] = ann.get('iscrowd', 0)
    number = int((points[:, 2] > 0).sum())
    done['num_keypoints'] += ann.get('num_keypoints') != number
    ann['num_keypoints'] = number


def _exchange(people: list[dict], pairs: list[tuple[int, int]], done: Counter) -> None:
    for ann in people if pairs else ():
        points = np.array(ann['keypoints']).reshape(-1, 3)
        flat = list(ann['keypoints'])
        for a, b in pairs:
            flat[3 * a : 3 * a + 3], flat[3 * b : 3 * b + 3] = (
                points[b].tolist(), points[a].tolist()
            )  # fmt: skip
        ann['keypoints'] = [int(v) if n % 3 == 2 else v for n, v in enumerate(flat)]
    done['exchanged pairs'] += len(pairs)


def _number(people: list[dict], positions: set[int], done: Counter) -> None:
    """New ids for all, where one of them was not good."""
    if positions:
        for number, ann in enumerate(people, 1):
            ann['id'] = number
        done['annotation ids'] += len(people)
