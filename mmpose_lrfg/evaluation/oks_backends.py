"""COCO's average precision, of keypoints by OKS or of boxes, computed by hotcoco or pycocotools."""

import contextlib
import importlib.util
import io
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mmpose_lrfg.evaluation.score_threshold import F1Curve, f1_of_evaluation
from mmpose_lrfg.utils.errors import UserError, nearest

BACKENDS = ('hotcoco', 'pycocotools')
"""Fastest first; both give the same numbers."""


class OKSResult(NamedTuple):
    """Result of an evaluation by OKS; -1 where nothing is annotated."""

    stats: np.ndarray  # (10,) AP, AP .5, AP .75, AP medium, AP large, and AR likewise
    precision: np.ndarray  # (10, 101, C) over OKS 0.5 to 0.95, recalls 0 to 1, and C categories
    f1: F1Curve  # over the score threshold


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
    truth: dict, detections: Sequence[dict], sigmas: Sequence[float], backend: str | None = None
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
    truth = {**truth, 'annotations': [_checked(ann) for ann in truth['annotations']]}
    detections = [ann for ann in detections if max(ann['keypoints'][2::3]) > 0]
    evaluation = evaluate(truth, detections, 'keypoints', backend, sigmas)
    # The last axes are people of all, medium and large size, and the most detections per image.
    precision = np.asarray(evaluation.eval['precision'])[..., 0, -1]
    stats = np.array(evaluation.stats[:10], float)
    return OKSResult(stats, precision, f1_of_evaluation(evaluation))


def _checked(ann: dict) -> dict:
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


def evaluate(
    truth: dict,
    detections: Sequence[dict],
    iou_type: str,
    backend: str | None = None,
    sigmas: Sequence[float] = (),
):
    """Return the backend's ``COCOeval`` after an evaluation of ``'keypoints'`` or ``'bbox'``.

    The other arguments are those of :func:`evaluate_oks`.
    """
    found = []
    for number, ann in enumerate(detections, 1):  # as loadRes of pycocotools
        x, y = ann.get('keypoints', ())[0::3], ann.get('keypoints', ())[1::3]
        box = ann.get('bbox') or [min(x), min(y), max(x) - min(x), max(y) - min(y)]
        found.append({**ann, 'id': number, 'bbox': box, 'area': box[2] * box[3], 'iscrowd': 0})
    if choose_backend(backend) == 'hotcoco':
        from hotcoco import COCO, COCOeval

        index, sigmas = COCO, np.asarray(sigmas, float).tolist()
    else:
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval

        def index(content):
            coco = COCO()
            # pycocotools adds keys to the annotations.
            coco.dataset = {**content, 'annotations': [dict(a) for a in content['annotations']]}
            coco.createIndex()
            return coco

        sigmas = np.asarray(sigmas, float)
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        # hotcoco warns of sigmas that are not COCO's; here they are the data set's.
        warnings.filterwarnings('ignore', message='hotcoco: kpt_oks_sigmas', category=UserWarning)
        evaluation = COCOeval(index(truth), index({**truth, 'annotations': found}), iou_type)
        if iou_type == 'keypoints':
            evaluation.params.kpt_oks_sigmas = sigmas
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation
