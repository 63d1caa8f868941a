"""Files with the results of an evaluation: curves and numbers."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from mmpose_lrfg.runtime.files import replacing, write_bytes
from mmpose_lrfg.utils.downloads import check_unpacked
from mmpose_lrfg.utils.json_files import read_json

if TYPE_CHECKING:  # reading a record does not need MMPose
    from mmpose_lrfg.evaluation.fast_coco_metric import FastCocoMetric

CURVES = 'precision_recall.npz'
"""The arrays of :class:`OKSResult`."""
NUMBERS = 'evaluation.json'


class Numbers(msgspec.Struct):
    """Content of ``evaluation.json``: metrics, and one value for each keypoint.

    OKS and PCK are None for a keypoint that is never annotated.
    """

    metrics: dict[str, float]
    keypoints: list[str]
    oks: list[float | None]
    pck: list[float | None]
    pck_thr: float
    labelled: list[int] = []
    epoch: int | None = None


def write_record(
    metric: 'FastCocoMetric', metrics: dict[str, float], folder: str, epoch: int | None = None
) -> None:
    """Write ``precision_recall.npz`` and ``evaluation.json`` of the metric's last evaluation.

    Args:
        metric (FastCocoMetric): After an evaluation.
        metrics (dict[str, float]): Its metrics.
        folder (str): Output folder.
        epoch (int, optional): Epoch of the training.
    """
    with replacing(Path(folder, CURVES)) as temporary:
        np.savez_compressed(temporary, **vars(metric.result))

    def rounded(values):
        return [None if np.isnan(value) else round(float(value), 6) for value in values]

    numbers = Numbers(
        metrics={name: float(value) for name, value in metrics.items()},
        keypoints=metric.keypoint_names(),
        oks=rounded(metric.accuracy.oks),
        pck=rounded(metric.accuracy.pck),
        pck_thr=metric.pck_thr,
        labelled=metric.accuracy.labelled.tolist(),
        epoch=epoch,
    )
    write_bytes(Path(folder, NUMBERS), msgspec.json.encode(numbers))


def read_record(folder: str | Path) -> tuple[dict[str, np.ndarray], dict] | None:
    """Return the arrays and the numbers of a folder; None if it has no record."""
    curves, numbers = Path(folder, CURVES), Path(folder, NUMBERS)
    if not (curves.is_file() and numbers.is_file()):
        return None
    check_unpacked(curves)
    with np.load(curves, allow_pickle=False) as arrays:
        return dict(arrays), read_json(numbers, Numbers)
