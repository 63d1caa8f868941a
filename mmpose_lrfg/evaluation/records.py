"""``evaluation.json``: metrics, curves, and the accuracy of each keypoint."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.utils.json_files import read_json

if TYPE_CHECKING:  # reading a record does not need MMPose
    from mmpose_lrfg.evaluation.fast_coco_metric import FastCocoMetric
    from mmpose_lrfg.evaluation.oks_backends import OKSResult

FILE = 'evaluation.json'
MEAN = 'mean over OKS 0.5 to 0.95'


class Record(msgspec.Struct):
    """Content of ``evaluation.json``.

    OKS and PCK are None for a keypoint that is never annotated. ``precision`` at ``recalls`` is
    None without people. Records of earlier versions have no curves.
    """

    metrics: dict[str, float]
    keypoints: list[str]
    oks: list[float | None]
    pck: list[float | None]
    pck_thr: float
    labelled: list[int] = []
    epoch: int | None = None
    recalls: list[float] = []
    precision: dict[str, list[float | None]] = {}
    score_thrs: list[float] = []
    f1: list[float] = []


def write_record(
    metric: 'FastCocoMetric', metrics: dict[str, float], folder: str, epoch: int | None = None
) -> None:
    """Write the record of the metric's last evaluation.

    Args:
        metric (FastCocoMetric): After an evaluation.
        metrics (dict[str, float]): Its metrics.
        folder (str): Output folder.
        epoch (int, optional): Epoch of the training.
    """

    def rounded(values):
        return [None if np.isnan(value) else round(float(value), 6) for value in values]

    record = Record(
        metrics={name: float(value) for name, value in metrics.items()},
        keypoints=metric.keypoint_names(),
        oks=rounded(metric.accuracy.oks),
        pck=rounded(metric.accuracy.pck),
        pck_thr=metric.pck_thr,
        labelled=metric.accuracy.labelled.tolist(),
        epoch=epoch,
        recalls=rounded(metric.result.recalls),
        precision={name: rounded(c) for name, c in precision_curves(metric.result).items()},
        score_thrs=rounded(metric.result.score_thrs),
        f1=rounded(metric.result.f1),
    )
    write_bytes(Path(folder, FILE), msgspec.json.encode(record))


def read_record(folder: str | Path) -> dict | None:
    """Return the fields of the :class:`Record` of a folder; None if it has none."""
    path = Path(folder, FILE)
    return read_json(path, Record) if path.is_file() else None


def precision_curves(result: 'OKSResult') -> dict[str, np.ndarray]:
    """Return (R,) precision by name: the mean over all OKS thresholds, at 0.5 and at 0.75.

    They are means over the categories; NaN without people.
    """
    chosen = {MEAN: result.precision[..., 0]}
    for oks in (0.5, 0.75):
        index = int(np.argmin(abs(result.thresholds - oks)))
        chosen[f'OKS {oks}'] = result.precision[[index], ..., 0]
    curves = {}
    for name, precision in chosen.items():
        annotated = precision > -1
        with np.errstate(invalid='ignore'):
            curves[name] = (precision * annotated).sum(axis=(0, 2)) / annotated.sum(axis=(0, 2))
    return curves
