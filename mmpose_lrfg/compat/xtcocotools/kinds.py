"""What the evaluation types of COCO, COCO-WholeBody and CrowdPose look at.

Every type is reduced to plain COCO keypoint evaluation: :func:`as_truth` and :func:`as_detection`
rewrite annotations into the standard form, and pycocotools does the rest.
"""

from dataclasses import dataclass

import numpy as np

from mmpose_lrfg.utils.errors import UserError

# OKS takes an object's area. Where none is annotated, 0.53 of the box stands for it: about what a
# person's mask covers of its box in COCO, and the convention of AI Challenger and CrowdPose.
AREA_OF_BOX = 0.53


@dataclass(frozen=True)
class Kind:
    """One evaluation type.

    Attributes:
        fields: the annotation's keypoint lists, one after the other.
        score: the result's key with the score of these keypoints, if it has one of their own.
        counted: whether the annotation counts its labelled keypoints itself (``num_keypoints``).
    """

    fields: tuple[str, ...] = ('keypoints',)
    score: str = 'score'
    counted: bool = False


_PARTS = ('foot', 'face', 'lefthand', 'righthand')
_WHOLE = ('keypoints', *(f'{part}_kpts' for part in _PARTS))

KINDS = {
    'keypoints': Kind(),
    'keypoints_crowd': Kind(counted=True),
    'keypoints_body': Kind(),
    'keypoints_wholebody': Kind(_WHOLE, 'wholebody_score'),
    **{f'keypoints_{part}': Kind((f'{part}_kpts',), f'{part}_score') for part in _PARTS},
}


def as_truth(ann: dict, kind: Kind, use_area: bool) -> dict:
    """A copy of a ground truth annotation in the form of plain COCO keypoints.

    Args:
        ann: a COCO annotation with ``bbox`` (x, y, w, h) and the fields of ``kind``, each a flat
            list of (x, y, visibility).
        kind: what is evaluated.
        use_area: take the annotation's ``area``; else a share of its box.

    Returns:
        dict: with ``keypoints``, ``num_keypoints``, ``area``, ``iscrowd`` and ``ignore``.

    Raises:
        UserError: a field is missing.
    """
    keypoints = _keypoints(ann, kind)
    if kind.counted:
        labelled = _field(ann, 'num_keypoints')
    else:
        labelled = int(np.count_nonzero(np.asarray(keypoints[2::3]) > 0))
    if use_area:
        area = _field(ann, 'area', ' (or evaluate with use_area=False)')
    else:
        area = ann['bbox'][2] * ann['bbox'][3] * AREA_OF_BOX
    crowd = int(bool(ann.get('iscrowd', 0)))
    return {
        **ann,
        'keypoints': keypoints,
        'num_keypoints': labelled,
        'area': area,
        'iscrowd': crowd,
        'ignore': int(crowd or labelled == 0),
    }


def as_detection(ann: dict, kind: Kind) -> dict | None:
    """A copy of a detection in the form of plain COCO keypoints.

    Returns:
        dict | None: None for a detection without a positive keypoint score, which xtcocotools
        leaves out too.

    Raises:
        UserError: a keypoint list of ``kind`` is missing.
    """
    keypoints = _keypoints(ann, kind)
    if not np.any(np.asarray(keypoints[2::3]) > 0):
        return None
    return {**ann, 'keypoints': keypoints, 'score': ann.get(kind.score, ann['score'])}


def _keypoints(ann, kind):
    return [value for field in kind.fields for value in _field(ann, field)]


def _field(ann, name, hint=''):
    if name not in ann:
        raise UserError(
            f'annotation {ann.get("id")} of image {ann.get("image_id")} has no {name!r}, which '
            f'this evaluation needs{hint}'
        )
    return ann[name]
