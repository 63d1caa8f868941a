"""Scenes as COCO keypoint annotations."""

import numpy as np

from .labels import KEYPOINTS, SKELETON

# Smaller people keep their box but get no keypoints, as in COCO; specks are dropped.
LEAST_AREA_WITH_KEYPOINTS = 64.0
LEAST_AREA = 12.0

CATEGORY = {
    'id': 1,
    'name': 'person',
    'supercategory': 'person',
    'keypoints': list(KEYPOINTS),
    'skeleton': [list(pair) for pair in SKELETON],
}


def encode_mask(mask):
    """A mask (H, W) bool as uncompressed COCO run lengths: column by column, zeros first."""
    flat = np.concatenate([[0], mask.astype(np.int8).ravel(order='F')])
    edges = np.flatnonzero(np.diff(flat))
    counts = np.diff(np.concatenate([[0], edges, [mask.size]]))
    return {'size': list(mask.shape), 'counts': counts.tolist()}


def annotate(scene, image_id):
    """Annotations of the people of a scene who can be seen.

    Args:
        scene (Scene): What was rendered.
        image_id (int): Goes into every annotation; their own ids are given when all are known.

    Returns:
        list[dict]: COCO person annotations without ``id``.
    """
    out = []
    for person in scene.people:
        if person.area < LEAST_AREA:
            continue
        keypoints = person.keypoints.round(2)
        if person.area < LEAST_AREA_WITH_KEYPOINTS:
            keypoints = np.zeros_like(keypoints)
        flat = [int(v) if i % 3 == 2 else float(v) for i, v in enumerate(keypoints.ravel())]
        out.append({
            'image_id': image_id,
            'category_id': 1,
            'iscrowd': 0,
            'keypoints': flat,
            'num_keypoints': int((keypoints[:, 2] > 0).sum()),
            'bbox': [float(v) for v in person.bbox],
            'area': float(person.area),
            'segmentation': encode_mask(person.mask),
        })  # fmt: skip
    return out


def dataset(records, description):
    """A whole annotation file.

    Args:
        records (list): Pairs of an image's entry and its annotations, in order.
        description (str): Goes into ``info``.
    """
    annotations = [a for _, people in records for a in people]
    for i, annotation in enumerate(annotations, 1):
        annotation['id'] = i
    return {
        'info': {'description': description, 'version': '1'},
        'licenses': [],
        'images': [image for image, _ in records],
        'annotations': annotations,
        'categories': [CATEGORY],
    }
