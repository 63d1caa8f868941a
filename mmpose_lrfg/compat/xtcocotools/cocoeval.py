"""Average precision by object keypoint similarity, for all of MMPose's evaluation types."""

import contextlib
import copy
from collections import defaultdict

import numpy as np
from pycocotools.cocoeval import COCOeval as PycocoCOCOeval
from pycocotools.cocoeval import Params

from mmpose_lrfg.compat import UserError

from .kinds import KINDS, as_detection, as_truth

__all__ = ['COCOeval', 'Params']

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
