"""The evaluation types of COCO, COCO-WholeBody and CrowdPose, reduced to COCO's keypoints.

:func:`as_truth` and :func:`as_detection` rewrite annotations for pycocotools' evaluation.
"""

from dataclasses import dataclass

import numpy as np

from mmpose_lrfg.compat import UserError

# OKS needs an object's area. Without an annotated one, 0.53 of the box is used: about what a
# person's mask covers of its box in COCO, and the convention of AI Challenger and CrowdPose.
AREA_OF_BOX = 0.53


@dataclass(frozen=True)
class Kind:
    """One evaluation type.

    Attributes:
        fields: the annotation's keypoint lists, concatenated.
        score: key of the score of these keypoints in a result; without it, ``score`` is used.
        counted: whether ``num_keypoints`` is the annotation's, or counted here.
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
    """Return a copy of a ground truth annotation with plain COCO keypoints.

    Args:
        ann: a COCO annotation with ``bbox`` (x, y, w, h) and the fields of ``kind``, each a flat
            list of (x, y, visibility).
        kind: the evaluation type.
        use_area: use the annotation's ``area``; else a share of its box.

    Returns:
        dict: with ``keypoints``, ``num_keypoints``, ``area``, ``iscrowd`` and ``ignore``.

    Raises:
        UserError: If a field is missing.
    """
    keypoints = _keypoints(ann, kind)
    if kind.counted:
        visible = _field(ann, 'num_keypoints')
    else:
        visible = int(np.count_nonzero(np.asarray(keypoints[2::3]) > 0))
    if use_area:
        area = _field(ann, 'area', ' (or evaluate with use_area=False)')
    else:
        area = ann['bbox'][2] * ann['bbox'][3] * AREA_OF_BOX
    crowd = int(bool(ann.get('iscrowd', 0)))
    return {
        **ann,
        'keypoints': keypoints,
        'num_keypoints': visible,
        'area': area,
        'iscrowd': crowd,
        'ignore': int(crowd or visible == 0),
    }


def as_detection(ann: dict, kind: Kind) -> dict | None:
    """Return a copy of a detection with plain COCO keypoints.

    Returns:
        dict | None: None for a detection without a positive keypoint score, which xtcocotools
        discards too.

    Raises:
        UserError: If a keypoint list of ``kind`` is missing.
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
