"""``evaluation.json``: metrics, curves, and the accuracy of each keypoint."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.utils.json_files import read_json

if TYPE_CHECKING:  # reading a record does not need MMPose
    from mmpose_lrfg.evaluation.fast_coco_metric import FastCocoMetric

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
    """Write the record of the last evaluation of a metric, and its ``metrics``, into a folder."""

    def rounded(values) -> list[float]:
        return np.round(np.asarray(values, float), 6).tolist()  # NaN becomes null

    result, accuracy = metric.result, metric.accuracy
    record = Record(
        metrics={name: float(value) for name, value in metrics.items()},
        keypoints=metric.keypoint_names(),
        oks=rounded(accuracy.oks),
        pck=rounded(accuracy.pck),
        pck_thr=metric.pck_thr,
        labelled=accuracy.labelled.tolist(),
        epoch=epoch,
        recalls=rounded(np.linspace(0, 1, result.precision.shape[1])),
        precision={name: rounded(c) for name, c in precision_curves(result.precision).items()},
        score_thrs=rounded(result.f1.score_thrs),
        f1=rounded(result.f1.f1),
    )
    write_bytes(Path(folder, FILE), msgspec.json.encode(record))


def read_record(folder: str | Path) -> dict | None:
    """Return the fields of the :class:`Record` of a folder; None if it has none."""
    path = Path(folder, FILE)
    return read_json(path, Record) if path.is_file() else None


def precision_curves(precision: np.ndarray) -> dict[str, np.ndarray]:
    """Return (R,) precision by name: the mean over all OKS thresholds, at 0.5 and at 0.75.

    They are means over the categories of ``OKSResult.precision``; NaN without people.
    """
    valid = np.where(precision > -1, precision, np.nan)
    chosen = {MEAN: valid, 'OKS 0.5': valid[:1], 'OKS 0.75': valid[5:6]}
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', RuntimeWarning)  # means of nothing
        return {name: np.nanmean(each, axis=(0, 2)) for name, each in chosen.items()}
