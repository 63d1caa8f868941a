"""Labels as COCO's annotators would draw them, and COCO annotation files."""

from dataclasses import dataclass

import cv2
import numpy as np
from pycocotools.mask import encode

from mmpose_lrfg.runtime.skeleton import COCO

from .body import BONE
from .render import SCALE

#: Pixels. Smaller people keep their box but get no keypoints, as in COCO; specks are dropped.
LEAST_AREA_WITH_KEYPOINTS, LEAST_AREA = 64.0, 12.0
#: Hidden joints of people with fewer visible ones cannot be located and are not annotated.
LEAST_VISIBLE = 3
#: Metres of flesh in front of a visible joint of a person of 1.75 m.
FLESH = np.array([.04, .03, .03, .06, .06, .12, .12, .08, .08, .06, .06, .20, .20, .11, .11, .09,
                  .09])  # fmt: skip


@dataclass(frozen=True)
class PersonLabel:
    """Labels of one person, in pixels.

    Args:
        keypoints (np.ndarray): x, y, v of the 17 COCO keypoints, (17, 3). v is 0 for not annotated
            (then x = y = 0), 1 for annotated but hidden, 2 for visible.
        bbox (np.ndarray): x, y, width, height of the visible silhouette, (4,).
        area (float): Pixels of ``mask``.
        mask (np.ndarray): Visible silhouette, (H, W) bool.
        number (int): Of the person in the scene; the identity in a video.
    """

    keypoints: np.ndarray
    bbox: np.ndarray
    area: float
    mask: np.ndarray
    number: int


def label_person(person, owner, layer, camera):
    """Return the :class:`PersonLabel` of a person who is number ``owner`` of a layer."""
    mask = layer.owner[::SCALE, ::SCALE] == owner
    xy, depth = camera.project(person.keypoints)
    flesh = FLESH * person.body.height / 1.75 * max(person.body.weight, 1.0)
    view = person.keypoints[0] - camera.position
    side, _, away = view / np.linalg.norm(view) @ person.skeleton.rotation[BONE['head']]
    # Annotators cannot locate parts of the face behind the head.
    left, right = side > 0.55, side < -0.55
    lost = [away > 0.35, left or away > 0.25, right or away > 0.25, left, right, *[False] * 12]
    keypoints = np.zeros((17, 3))
    inside = (depth > 0.1) & (xy >= 0).all(1) & (xy <= (camera.width - 1, camera.height - 1)).all(1)
    for k in np.flatnonzero(inside):
        x, y = np.rint(xy[k] * SCALE + (SCALE - 1) / 2).astype(int)
        window = np.s_[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
        front = 1 / np.maximum(layer.nearness[window], 1e-6) > depth[k] - flesh[k]
        if ((layer.owner[window] == owner) & front).any():
            keypoints[k] = *xy[k], 2
        elif not lost[k]:
            keypoints[k] = *xy[k], 1
    if (keypoints[:, 2] == 2).sum() < LEAST_VISIBLE:
        keypoints[keypoints[:, 2] == 1] = 0
    bbox = np.array(cv2.boundingRect(mask.astype(np.uint8)), float)
    return PersonLabel(keypoints, bbox, float(mask.sum()), mask, owner)


def annotate(scene, image_id):
    """Return COCO annotations, still without ``id``, of the people of a scene who can be seen."""
    annotations = []
    for person in scene.people:
        if person.area < LEAST_AREA:
            continue
        keypoints = person.keypoints.round(2) * (person.area >= LEAST_AREA_WITH_KEYPOINTS)
        outline = encode(np.asfortranarray(person.mask, np.uint8))
        annotations.append(dict(
            image_id=image_id, category_id=1, iscrowd=0,
            keypoints=[c for x, y, v in keypoints.tolist() for c in (x, y, int(v))],
            num_keypoints=int((keypoints[:, 2] > 0).sum()),
            bbox=person.bbox.tolist(), area=person.area,
            segmentation={**outline, 'counts': outline['counts'].decode()},
        ))  # fmt: skip
    return annotations


def coco_file(images, annotations, description):
    """Return the content of a COCO annotation file; annotations get their ids."""
    category = dict(id=1, name='person', supercategory='person', keypoints=list(COCO.names))
    category['skeleton'] = [[a + 1, b + 1] for a, b in COCO.links]
    annotations = [dict(id=n, **each) for n, each in enumerate(annotations, 1)]
    info = dict(description=description, version='1')
    return dict(
        info=info, licenses=[], images=images, annotations=annotations, categories=[category]
    )
