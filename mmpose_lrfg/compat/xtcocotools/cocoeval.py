"""Object keypoint similarity and its average precision, for all of MMPose's evaluation types."""

import contextlib
import copy
from collections import defaultdict

import numpy as np
from pycocotools.cocoeval import COCOeval as PycocoCOCOeval
from pycocotools.cocoeval import Params

from mmpose_lrfg.utils.errors import UserError, nearest

from .kinds import KINDS, as_detection, as_truth

__all__ = ['COCOeval', 'Params']

# CrowdPose's levels: images by how much their people overlap, with the limits of xtcocotools. In
# the paper (Li et al., CVPR 2019, section 4) easy ends at 0.1.
CROWD_LEVELS = {
    'easy': lambda index: index < 0.2,
    'medium': lambda index: 0.2 <= index < 0.8,
    'hard': lambda index: index >= 0.8,
}


class COCOeval(PycocoCOCOeval):
    """pycocotools' ``COCOeval`` with other keypoint sets, areas and CrowdPose's levels.

    Args:
        cocoGt (COCO): ground truth; its annotations are left as they are.
        cocoDt (COCO): detections, from ``cocoGt.loadRes``.
        iouType (str): ``keypoints``, one of COCO-WholeBody's ``keypoints_wholebody``, ``_body``,
            ``_foot``, ``_face``, ``_lefthand``, ``_righthand``, CrowdPose's ``keypoints_crowd``,
            or ``bbox`` and ``segm``.
        sigmas (sequence[float], optional): (K,), OKS fall-off per keypoint. Defaults to COCO's.
        use_area (bool): take the annotated area; else 0.53 of the box.

    After ``evaluate``, ``accumulate`` and ``summarize``, ``stats`` holds for keypoints (10,): AP,
    AP .5, AP .75, AP medium, AP large, and AR likewise; for ``keypoints_crowd`` (9,): AP, AP .5,
    AP .75, AR, AR .5, AR .75, AP easy, AP medium, AP hard. -1 stands for "nothing to find".

    Raises:
        UserError: for an unknown ``iouType``, or annotations without what it needs.
    """

    def __init__(self, cocoGt=None, cocoDt=None, iouType='keypoints', sigmas=None, use_area=True):
        if iouType not in KINDS and iouType not in ('bbox', 'segm'):
            hint = nearest(iouType, [*KINDS, 'bbox', 'segm'])
            raise UserError(f'unknown evaluation type {iouType!r}.{hint}')
        self.kind = KINDS.get(iouType)
        super().__init__(cocoGt, cocoDt, 'keypoints' if self.kind else iouType)
        self.params.iouType = iouType
        self.use_area = use_area
        if self.kind is None:
            return
        if sigmas is not None:
            self.params.kpt_oks_sigmas = np.asarray(sigmas, dtype=float)
        self.sigmas = self.params.kpt_oks_sigmas
        self.score_key = self.kind.score
        if self._of_crowds:  # CrowdPose reports no sizes
            self.params.areaRng, self.params.areaRngLbl = self.params.areaRng[:1], ['all']

    @property
    def _of_crowds(self):
        return self.params.iouType == 'keypoints_crowd'

    def _prepare(self):
        if self.kind is None:
            super()._prepare()
            return
        p = self.params
        wanted = {'imgIds': p.imgIds, 'catIds': p.catIds if p.useCats else []}
        truths = self.cocoGt.loadAnns(self.cocoGt.getAnnIds(**wanted))
        found = self.cocoDt.loadAnns(self.cocoDt.getAnnIds(**wanted))
        self._gts = _by_image([as_truth(ann, self.kind, self.use_area) for ann in truths])
        detections = [as_detection(ann, self.kind) for ann in found]
        self._dts = _by_image([ann for ann in detections if ann is not None])
        self.evalImgs = defaultdict(list)
        self.eval = {}

    def evaluate(self):
        """Match detections to ground truth, image by image; fills ``evalImgs``."""
        with self._as_plain_keypoints():
            super().evaluate()

    def summarize(self):
        """Print the averages and keep them in ``stats``.

        Raises:
            UserError: ``keypoints_crowd`` on images without ``crowdIndex``.
        """
        if self._of_crowds and self.eval:
            self.stats = self._summarize_crowds()
            return
        with self._as_plain_keypoints():
            super().summarize()

    @contextlib.contextmanager
    def _as_plain_keypoints(self):
        """pycocotools chooses OKS and the summary by the name of the type."""
        name = self.params.iouType
        if self.kind is not None:
            self.params.iouType = 'keypoints'
        try:
            yield
        finally:
            self.params.iouType = name

    def _summarize_crowds(self):
        levels = {name: self._restricted_to(test) for name, test in CROWD_LEVELS.items()}
        rows = [
            (f'{title} @[ IoU={threshold or "0.50:0.95"} ]', self._mean(self.eval[key], threshold))
            for title, key in (('Average Precision', 'precision'), ('Average Recall', 'recall'))
            for threshold in (None, 0.5, 0.75)
        ]
        rows += [
            (f'Average Precision @[ {name} ]', self._mean(part.eval['precision'], None))
            for name, part in levels.items()
        ]
        for title, value in rows:
            print(f' {title:<40} = {value:0.3f}')
        return np.array([value for _, value in rows])

    def _mean(self, values, threshold):
        """Mean of (T, ...) over what exists, at one IoU threshold or all; -1 if nothing does."""
        if threshold is not None:
            values = values[np.isclose(self.params.iouThrs, threshold)]
        values = values[values > -1]
        return values.mean() if values.size else -1.0

    def _restricted_to(self, test):
        """This evaluation, accumulated over the images whose crowd index passes ``test``."""
        part = copy.copy(self)
        part.params, part._paramsEval = copy.copy(self.params), copy.copy(self._paramsEval)
        images = self.params.imgIds
        kept = [n for n, i in enumerate(images) if test(self._crowd_index(i))]
        part.params.imgIds = part._paramsEval.imgIds = [images[n] for n in kept]
        # evalImgs runs over categories, areas and, fastest, images.
        starts = range(0, len(self.evalImgs), len(images))
        part.evalImgs = [self.evalImgs[start + n] for start in starts for n in kept]
        with contextlib.redirect_stdout(None):
            part.accumulate()
        return part

    def _crowd_index(self, image):
        info = self.cocoGt.imgs[image]
        if 'crowdIndex' not in info:
            raise UserError(
                f"image {image} has no 'crowdIndex', which keypoints_crowd needs; evaluate with "
                "iou_type='keypoints'"
            )
        return info['crowdIndex']


def _by_image(anns):
    grouped = defaultdict(list)
    for ann in anns:
        grouped[ann['image_id'], ann['category_id']].append(ann)
    return grouped
