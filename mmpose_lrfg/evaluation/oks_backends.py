"""Average precision by keypoint similarity, or of boxes, computed by one of several libraries."""

import contextlib
import copy
import importlib.util
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmpose_lrfg.compat.xtcocotools.coco import COCO
from mmpose_lrfg.compat.xtcocotools.cocoeval import COCOeval
from mmpose_lrfg.compat.xtcocotools.kinds import KINDS, as_detection, as_truth
from mmpose_lrfg.utils.errors import UserError, nearest

# Fastest first; each gives the same numbers.
BACKENDS = ('hotcoco', 'faster_coco_eval', 'pycocotools')


@dataclass
class OKSResult:
    """What an evaluation by OKS gives.

    Attributes:
        stats: (10,) AP, AP .5, AP .75, AP medium, AP large, and AR likewise; -1: nothing to find.
        precision: (T, R, C, 3) over T OKS thresholds, R recalls, C categories, and people of all,
            medium and large size; -1 where there is none to find.
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
    """The named backend, or the fastest installed.

    Raises:
        UserError: If it is unknown or not installed.
    """
    installed = [each for each in BACKENDS if importlib.util.find_spec(each)]
    if name is None:
        return installed[0]
    if name not in BACKENDS:
        raise UserError(f'unknown evaluation backend {name!r}.{nearest(name, BACKENDS)}')
    if name not in installed:
        raise UserError(
            f'evaluation backend {name} is not installed (pip install {name.replace("_", "-")}); '
            f'{" and ".join(installed)} can be chosen'
        )
    return name


def evaluate_oks(
    truth: dict,
    detections: Sequence[dict],
    sigmas: Sequence[float],
    backend: str | None = None,
    use_area: bool = True,
) -> OKSResult:
    """COCO's keypoint evaluation.

    Args:
        truth (dict): COCO-style content: ``images``, ``categories``, ``annotations``.
        detections (Sequence[dict]): ``image_id``, ``category_id``, ``keypoints`` (x, y, score)
            flat, ``score``, and optionally ``bbox`` as x, y, width, height. Those without a
            positive keypoint score are left out, as by xtcocotools.
        sigmas (Sequence[float]): (K,), OKS fall-off of the keypoints.
        backend (str, optional): One of ``BACKENDS``. Defaults to the fastest installed.
        use_area (bool): Take the annotated areas; else 0.53 of the boxes.

    Raises:
        UserError: If the backend is unknown or not installed, or annotations lack something.
    """
    backend = choose_backend(backend)
    kind = KINDS['keypoints']
    truth = {
        'images': truth['images'],
        'categories': truth['categories'],
        'annotations': [as_truth(ann, kind, use_area) for ann in truth['annotations']],
    }
    found = [as_detection(_boxed(ann, n), kind) for n, ann in enumerate(detections, 1)]
    found = {**truth, 'annotations': [ann for ann in found if ann is not None]}
    with contextlib.redirect_stdout(io.StringIO()):
        return {
            'pycocotools': _by_pycocotools,
            'faster_coco_eval': _by_faster_coco_eval,
            'hotcoco': _by_hotcoco,
        }[backend](truth, found, np.asarray(sigmas, float))


def evaluate_boxes(
    truth: dict, detections: Sequence[dict], backend: str | None = None
) -> np.ndarray:
    """COCO's evaluation of boxes.

    Args:
        truth (dict): COCO-style content: ``images``, ``categories``, ``annotations``.
        detections (Sequence[dict]): ``image_id``, ``category_id``, ``score``, ``bbox`` as x, y,
            width, height.
        backend (str, optional): One of ``BACKENDS``. Defaults to the fastest installed.

    Returns:
        np.ndarray: (12,) AP, AP .5, AP .75, AP small, medium, large, AR with 1, 10 and 100
        detections an image, AR small, medium, large; -1: nothing to find.

    Raises:
        UserError: If the backend is unknown or not installed.
    """
    backend = choose_backend(backend)
    found = {**truth, 'annotations': [_boxed(ann, n) for n, ann in enumerate(detections, 1)]}
    if backend == 'hotcoco':
        from hotcoco import COCO as Annotations
        from hotcoco import COCOeval as Evaluation
    elif backend == 'faster_coco_eval':
        from faster_coco_eval import COCO as Annotations
        from faster_coco_eval import COCOeval_faster as Evaluation
    else:
        from pycocotools.cocoeval import COCOeval as Evaluation

        def Annotations(content):
            return COCO(ann_data=copy.deepcopy(content))

    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = Evaluation(Annotations(truth), Annotations(found), 'bbox')
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return np.array(evaluation.stats[:12], float)


def _boxed(ann: dict, number: int) -> dict:
    """A detection with box, area and id, as pycocotools' loadRes makes them."""
    if ann.get('bbox'):
        box = ann['bbox']
    else:
        x, y = ann['keypoints'][0::3], ann['keypoints'][1::3]
        box = [min(x), min(y), max(x) - min(x), max(y) - min(y)]
    return {**ann, 'id': number, 'bbox': box, 'area': box[2] * box[3], 'iscrowd': 0}


def _result(evaluation, params) -> OKSResult:
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    arrays = evaluation.eval
    # The last axis is the number of detections a person may have; OKS knows one, 20.
    return OKSResult(
        stats=np.array(evaluation.stats[:10], float),
        precision=np.asarray(arrays['precision'])[..., -1],
        recall=np.asarray(arrays['recall'])[..., -1],
        scores=np.asarray(arrays['scores'])[..., -1],
        thresholds=np.asarray(params.iouThrs),
        recalls=np.asarray(params.recThrs),
    )


def _by_pycocotools(truth: dict, found: dict, sigmas: np.ndarray) -> OKSResult:
    # It writes into annotations what it finds out about them.
    truth_set = COCO(ann_data=copy.deepcopy(truth))
    evaluation = COCOeval(truth_set, COCO(ann_data=found), 'keypoints', sigmas)
    return _result(evaluation, evaluation.params)


def _by_hotcoco(truth: dict, found: dict, sigmas: np.ndarray) -> OKSResult:
    import hotcoco

    evaluation = hotcoco.COCOeval(hotcoco.COCO(truth), hotcoco.COCO(found), 'keypoints')
    evaluation.params.kpt_oks_sigmas = sigmas.tolist()
    with warnings.catch_warnings():
        # That sigmas differ from its own is on purpose: they are the data set's.
        warnings.filterwarnings('ignore', message='hotcoco: kpt_oks_sigmas', category=UserWarning)
        return _result(evaluation, evaluation.params)


def _by_faster_coco_eval(truth: dict, found: dict, sigmas: np.ndarray) -> OKSResult:
    from faster_coco_eval import COCO as FasterCOCO
    from faster_coco_eval import COCOeval_faster

    evaluation = COCOeval_faster(
        FasterCOCO(copy.deepcopy(truth)), FasterCOCO(found), 'keypoints', kpt_oks_sigmas=sigmas
    )
    return _result(evaluation, evaluation.params)
