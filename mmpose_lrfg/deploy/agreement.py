"""Compares the outputs of an exported file with those of the network."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from mmpose.structures import PoseDataSample
from torch import Tensor, nn

from mmpose_lrfg.models.heads import postprocess
from mmpose_lrfg.models.task_modules import AnchorGenerator
from mmpose_lrfg.runtime.metadata import Metadata
from mmpose_lrfg.runtime.postprocess import select

BEST = 200
"""Anchors per image whose coordinates are compared: those that could become detections."""


@dataclass(frozen=True)
class Difference:
    """Largest differences between two outputs.

    Args:
        pixels (float): Of box corners and keypoints, in pixels of the input.
        scores (float): Of scores and keypoint scores.
        images (int): Number of compared images.
        people (int, optional): Number of compared detections after NMS; None without NMS.
        missed (int): Detections that only one of the two has.
    """

    pixels: float = 0.0
    scores: float = 0.0
    images: int = 0
    people: int | None = None
    missed: int = 0

    def __or__(self, other: 'Difference') -> 'Difference':
        """Return the larger of each value; NaN counts as the largest."""
        counts = [d.people for d in (self, other) if d.people is not None]
        return Difference(
            # Python's max() may drop NaN.
            float(np.maximum(self.pixels, other.pixels)),
            float(np.maximum(self.scores, other.scores)),
            self.images + other.images,
            sum(counts) if counts else None,
            self.missed + other.missed,
        )

    def __str__(self) -> str:
        on = f'{self.images} images'
        if self.people is not None:
            on += f' and {self.people} people'
        missed = f', {self.missed} people in one of the two only' if self.missed else ''
        return f'{self.pixels:.2g} pixels and {self.scores:.2g} in scores on {on}{missed}'


TOLERANCE = {
    'fp32': Difference(pixels=0.1, scores=1e-3),
    'fp16': Difference(pixels=4, scores=0.03),
    # Untrained or badly calibrated networks lose more, and are useless.
    'int8': Difference(pixels=64, scores=0.35),
}
INFINITE = Difference(pixels=float('inf'), scores=float('inf'))


def agrees(found: Difference, precision: str) -> bool:
    """Return whether a difference is within the tolerance of ``precision``."""
    limit = TOLERANCE[precision]
    # Overlaps differ in the last digit: a tie may be decided either way.
    few = found.missed <= (found.people or 0) / 50
    return bool(found.pixels <= limit.pixels and found.scores <= limit.scores and few)


def reference_rows(model: nn.Module, images: np.ndarray) -> np.ndarray:
    """Predict every anchor with the unfused model and its own preprocessor.

    Args:
        images (ndarray): (N, 3, H, W) float32 or (N, H, W, 3) uint8.

    Returns:
        ndarray: (N, M, 6 + 3 K).
    """
    pixels = torch.from_numpy(images)
    pixels = pixels.permute(0, 3, 1, 2) if pixels.dtype == torch.uint8 else pixels
    samples = [PoseDataSample() for _ in pixels]
    with torch.no_grad():
        data = model.data_preprocessor(dict(inputs=list(pixels), data_samples=samples), False)
        head = model.head
        preds = head(model.extract_feat(data['inputs']))
        return to_rows(preds, head.anchors, head.num_classes, head.single_class_score).numpy()


def to_rows(
    preds: Sequence[Tensor], anchors: AnchorGenerator, num_classes: int, single_class_score: bool
) -> Tensor:
    """Decode (N, A, H, W, 5 + C + 3 K) of all levels with the head's code: (N, M, 6 + 3 K)."""
    decoded = postprocess.decode_dense(preds, anchors, num_classes)
    return postprocess.to_rows(decoded, num_classes, single_class_score)


def compare_anchors(output: np.ndarray, reference: np.ndarray) -> Difference:
    """Compare the scores of all anchors and the coordinates of the best: (N, M, 6 + 3 K) each.

    Different shapes, NaN and infinity are an infinite difference.
    """
    if output.shape != reference.shape or not _finite(output, reference):
        return replace(INFINITE, images=len(reference))
    best = np.argsort(-reference[..., 4], axis=1, kind='stable')[:, :BEST, None]
    pair = [np.take_along_axis(rows, best, axis=1) for rows in (output, reference)]
    scores = np.abs(output[..., 4] - reference[..., 4]).max()
    result = compare_rows(*(rows.reshape(-1, rows.shape[2]) for rows in pair))
    return replace(result, scores=max(result.scores, float(scores)), images=len(reference))


def compare_people(output: np.ndarray, every: np.ndarray, metadata: Metadata) -> Difference:
    """Compare the detections of a file's NMS with those of the runtime's NMS.

    NaN and infinity are an infinite difference.

    Args:
        output (ndarray): Output of the file, see ``nms`` of :class:`.Metadata`.
        every (ndarray): (N, M, 6 + 3 K), the file's anchors before NMS.
    """
    if not _finite(output, every):
        return replace(INFINITE, people=0)
    detections = select(output, metadata, len(every), **metadata.thresholds)
    # The file's NMS takes all candidates.
    before = replace(metadata, nms='none', nms_pre=every.shape[1])
    expected = select(every, before, len(every), **metadata.thresholds)
    total = Difference(people=0)
    for ours, theirs in zip(detections, expected):
        pairs = match(ours, theirs)
        one = compare_rows(ours[pairs[:, 0]], theirs[pairs[:, 1]])
        missed = len(ours) + len(theirs) - 2 * len(pairs)
        total |= replace(one, people=len(theirs), missed=missed)
    return total


def _finite(*arrays: np.ndarray) -> bool:
    return all(np.isfinite(array).all() for array in arrays)


def compare_rows(ours: np.ndarray, theirs: np.ndarray) -> Difference:
    """Compare rows (P, 6 + 3 K) one by one."""
    if not len(ours):
        return Difference()
    gaps = np.abs(ours.astype(float) - theirs)
    points = gaps[:, 6:].reshape(len(ours), -1, 3)
    return Difference(
        pixels=float(max(gaps[:, :4].max(), points[..., :2].max())),
        scores=float(max(gaps[:, 4].max(), points[..., 2].max())),
    )


def match(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Return (P, 2) indices of mutually nearest rows of one class, by boxes and scores.

    Boxes alone are not enough: weighted NMS may give two people almost the same box.
    """
    if not len(ours) or not len(theirs):
        return np.zeros((0, 2), int)
    gaps = (np.abs(ours[:, None, :5] - theirs[None, :, :5]) * (1, 1, 1, 1, 100)).max(axis=2)
    gaps[ours[:, None, 5] != theirs[None, :, 5]] = np.inf
    nearest, nearest_back = gaps.argmin(axis=1), gaps.argmin(axis=0)
    index = np.flatnonzero(nearest_back[nearest] == np.arange(len(ours)))
    return np.stack([index, nearest[index]], axis=1)
