"""COCO's average precision, of keypoints by OKS or of boxes, computed by hotcoco or pycocotools."""

import contextlib
import importlib.util
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmpose_lrfg.utils.errors import UserError, nearest

BACKENDS = ('hotcoco', 'pycocotools')
"""Fastest first; both give the same numbers."""


@dataclass
class OKSResult:
    """Result of an evaluation by OKS.

    Attributes:
        stats: (10,) AP, AP .5, AP .75, AP medium, AP large, and AR likewise; -1 where nothing is
            annotated.
        precision: (T, R, C, 3) over T OKS thresholds, R recalls, C categories, and people of all,
            medium and large size; -1 where nothing is annotated.
        recall: (T, C, 3), the highest reached.
        scores: (T, R, C, 3), the score at which each recall is reached.
        thresholds: (T,) of OKS.
        recalls: (R,).
    """

    stats: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    scores: np.ndarray
    thresholds: np.ndarray
    recalls: np.ndarray


def choose_backend(name: str | None = None) -> str:
    """Return the named backend, or the fastest that is installed.

    Raises:
        UserError: If it is unknown or not installed.
    """
    installed = [each for each in BACKENDS if importlib.util.find_spec(each)]
    if name is None:
        return installed[0]
    if name not in BACKENDS:
        raise UserError(
            f'unknown evaluation backend {name!r}; choose from {", ".join(BACKENDS)}.'
            f'{nearest(name, BACKENDS)}'
        )
    if name not in installed:
        raise UserError(f'evaluation backend {name} is not installed (pip install {name})')
    return name


def evaluate_oks(
    truth: dict,
    detections: Sequence[dict],
    sigmas: Sequence[float],
    backend: str | None = None,
) -> OKSResult:
    """Compute COCO's keypoint evaluation.

    Args:
        truth (dict): COCO-style content: ``images``, ``categories``, ``annotations``.
        detections (Sequence[dict]): ``image_id``, ``category_id``, ``keypoints`` (x, y, score)
            flat, ``score``, and optionally ``bbox`` as x, y, width, height. Those without a
            positive keypoint score are discarded, as by xtcocotools.
        sigmas (Sequence[float]): (K,), OKS fall-off of the keypoints.
        backend (str, optional): One of ``BACKENDS``. Defaults to the fastest installed.

    Raises:
        UserError: If the backend is unknown or not installed, or an annotation has no area.
    """
    annotations = [_as_truth(ann) for ann in truth['annotations']]
    detections = [ann for ann in detections if max(ann['keypoints'][2::3]) > 0]
    evaluation = _evaluate(
        {**truth, 'annotations': annotations}, detections, 'keypoints', backend, sigmas
    )
    arrays, params = evaluation.eval, evaluation.params
    # The last axis is the most detections per image; for keypoints there is one value, 20.
    return OKSResult(
        stats=np.array(evaluation.stats[:10], float),
        precision=np.asarray(arrays['precision'])[..., -1],
        recall=np.asarray(arrays['recall'])[..., -1],
        scores=np.asarray(arrays['scores'])[..., -1],
        thresholds=np.asarray(params.iouThrs),
        recalls=np.asarray(params.recThrs),
    )


def evaluate_boxes(
    truth: dict, detections: Sequence[dict], backend: str | None = None
) -> np.ndarray:
    """Compute COCO's evaluation of boxes.

    Args:
        truth (dict): COCO-style content: ``images``, ``categories``, ``annotations``.
        detections (Sequence[dict]): ``image_id``, ``category_id``, ``score``, ``bbox`` as x, y,
            width, height.
        backend (str, optional): One of ``BACKENDS``. Defaults to the fastest installed.

    Returns:
        np.ndarray: (12,) AP, AP .5, AP .75, AP small, medium, large, AR with 1, 10 and 100
        detections an image, AR small, medium, large; -1 where nothing is annotated.

    Raises:
        UserError: If the backend is unknown or not installed.
    """
    return np.array(_evaluate(truth, detections, 'bbox', backend).stats[:12], float)


def _as_truth(ann: dict) -> dict:
    """Copy an annotation, with its visible keypoints counted."""
    for key in ('keypoints', 'area'):
        if key not in ann:
            hint = ' (or evaluate with use_area=False)' if key == 'area' else ''
            raise UserError(
                f'annotation {ann.get("id")} of image {ann.get("image_id")} has no {key!r}, which '
                f'the evaluation needs{hint}'
            )
    visible = sum(v > 0 for v in ann['keypoints'][2::3])
    return {**ann, 'num_keypoints': visible, 'iscrowd': int(bool(ann.get('iscrowd')))}


def _as_detection(ann: dict, number: int) -> dict:
    """Copy a detection, with the box, area and id that pycocotools' ``loadRes`` adds."""
    if ann.get('bbox'):
        box = ann['bbox']
    else:
        x, y = ann['keypoints'][0::3], ann['keypoints'][1::3]
        box = [min(x), min(y), max(x) - min(x), max(y) - min(y)]
    return {**ann, 'id': number, 'bbox': box, 'area': box[2] * box[3], 'iscrowd': 0}


def _evaluate(truth: dict, detections: Sequence[dict], iou_type: str, backend, sigmas=()):
    """Return the backend's ``COCOeval`` after the evaluation."""
    detections = [_as_detection(ann, number) for number, ann in enumerate(detections, 1)]
    found = {**truth, 'annotations': detections}
    if choose_backend(backend) == 'hotcoco':
        from hotcoco import COCO, COCOeval

        index = COCO
    else:
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval

        def index(content):
            coco = COCO()
            # pycocotools adds keys to the annotations.
            coco.dataset = {**content, 'annotations': [dict(a) for a in content['annotations']]}
            coco.createIndex()
            return coco

    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        # hotcoco warns of sigmas that are not COCO's; here they are the data set's.
        warnings.filterwarnings('ignore', message='hotcoco: kpt_oks_sigmas', category=UserWarning)
        evaluation = COCOeval(index(truth), index(found), iou_type)
        if iou_type == 'keypoints':
            sigmas = np.asarray(sigmas, float)
            evaluation.params.kpt_oks_sigmas = sigmas.tolist() if index is COCO else sigmas
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation
