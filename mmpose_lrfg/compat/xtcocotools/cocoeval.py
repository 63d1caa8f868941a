"""Average precision by object keypoint similarity, for all of MMPose's evaluation types."""

import contextlib
import copy
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from pycocotools.cocoeval import COCOeval as PycocoCOCOeval
from pycocotools.cocoeval import Params

from mmpose_lrfg.compat import UserError

__all__ = ['COCOeval', 'Params']

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


# Crowd indices of CrowdPose's levels, with the limits of xtcocotools. In the paper (Li et al., CVPR
# 2019, section 4) easy ends at 0.1.
CROWD_LEVELS = {'easy': (-np.inf, 0.2), 'medium': (0.2, 0.8), 'hard': (0.8, np.inf)}


class COCOeval(PycocoCOCOeval):
    """pycocotools' ``COCOeval`` with other keypoint sets, areas and CrowdPose's levels.

    Args:
        cocoGt (COCO): ground truth, not changed.
        cocoDt (COCO): detections, from ``cocoGt.loadRes``.
        iouType (str): ``keypoints``, one of COCO-WholeBody's ``keypoints_wholebody``, ``_body``,
            ``_foot``, ``_face``, ``_lefthand``, ``_righthand``, CrowdPose's ``keypoints_crowd``,
            or ``bbox`` and ``segm``.
        sigmas (sequence[float], optional): (K,), OKS fall-off per keypoint. Defaults to COCO's.
        use_area (bool): use the annotated area; else 0.53 of the box.

    After ``evaluate``, ``accumulate`` and ``summarize``, ``stats`` holds for keypoints (10,): AP,
    AP .5, AP .75, AP medium, AP large, and AR likewise; for ``keypoints_crowd`` (9,): AP, AP .5,
    AP .75, AR, AR .5, AR .75, AP easy, AP medium, AP hard. -1 means that there is no ground truth.

    Raises:
        UserError: For an unknown ``iouType``, or annotations without what it needs.
    """

    def __init__(self, cocoGt=None, cocoDt=None, iouType='keypoints', sigmas=None, use_area=True):
        if iouType not in (*KINDS, 'bbox', 'segm'):
            known = ', '.join([*KINDS, 'bbox', 'segm'])
            raise UserError(f'unknown evaluation type {iouType!r}; choose from {known}')
        self.kind = KINDS.get(iouType)
        self.kind_name = iouType
        self.use_area = use_area
        super().__init__(cocoGt, cocoDt, 'keypoints' if self.kind else iouType)
        if self.kind and sigmas is not None:
            self.params.kpt_oks_sigmas = np.asarray(sigmas, dtype=float)
        if iouType == 'keypoints_crowd':  # evaluated at all sizes together
            self.params.areaRng, self.params.areaRngLbl = self.params.areaRng[:1], ['all']

    def _prepare(self):
        if self.kind is None:
            super()._prepare()
            return
        p = self.params
        chosen = {'imgIds': p.imgIds, 'catIds': p.catIds if p.useCats else []}
        self._gts, self._dts = defaultdict(list), defaultdict(list)
        for ann in self.cocoGt.loadAnns(self.cocoGt.getAnnIds(**chosen)):
            truth = as_truth(ann, self.kind, self.use_area)
            self._gts[ann['image_id'], ann['category_id']].append(truth)
        for ann in self.cocoDt.loadAnns(self.cocoDt.getAnnIds(**chosen)):
            detection = as_detection(ann, self.kind)
            if detection is not None:
                self._dts[ann['image_id'], ann['category_id']].append(detection)
        self.evalImgs = defaultdict(list)
        self.eval = {}

    def summarize(self):
        """Print the averages and store them in ``stats``.

        Raises:
            UserError: ``keypoints_crowd`` on images without ``crowdIndex``.
        """
        if self.kind_name != 'keypoints_crowd' or not self.eval:
            super().summarize()
            return
        rows = {
            f'{title} @[ IoU={threshold or "0.50:0.95"} ]': self._mean(self.eval[key], threshold)
            for title, key in (('Average Precision', 'precision'), ('Average Recall', 'recall'))
            for threshold in (None, 0.5, 0.75)
        }
        for level, limits in CROWD_LEVELS.items():
            rows[f'Average Precision @[ {level} ]'] = self._level_precision(*limits)
        for title, value in rows.items():
            print(f' {title:<40} = {value:0.3f}')
        self.stats = np.array(list(rows.values()))

    def _mean(self, values, threshold=None):
        """Mean of the existing values (T, ...) at one IoU threshold or all; -1 without any."""
        if threshold is not None:
            values = values[np.isclose(self.params.iouThrs, threshold)]
        values = values[values > -1]
        return values.mean() if values.size else -1.0

    def _level_precision(self, low, high):
        """AP on the images with ``low <= crowdIndex < high``."""
        part = COCOeval(self.cocoGt, self.cocoDt, self.kind_name, use_area=self.use_area)
        part.params = copy.copy(self.params)
        part.params.imgIds = [i for i in self.params.imgIds if low <= self._crowd_index(i) < high]
        if not part.params.imgIds:
            return -1.0
        with contextlib.redirect_stdout(None):
            part.evaluate()
            part.accumulate()
        return self._mean(part.eval['precision'])

    def _crowd_index(self, image):
        info = self.cocoGt.imgs[image]
        if 'crowdIndex' not in info:
            raise UserError(
                f"image {image} has no 'crowdIndex', which keypoints_crowd needs; evaluate with "
                "iou_type='keypoints'"
            )
        return info['crowdIndex']
