"""Compares the outputs of an exported file with those of the network."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from mmpose.structures import PoseDataSample
from torch import nn

from mmpose_lrfg.models.heads import postprocess
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
        people = '' if self.people is None else f' and {self.people} people'
        missed = f', {self.missed} people in one of the two only' if self.missed else ''
        compared = f'{self.images} images{people}{missed}'
        return f'{self.pixels:.2g} pixels and {self.scores:.2g} in scores on {compared}'


TOLERANCE = {
    'fp32': Difference(pixels=0.1, scores=1e-3),
    'fp16': Difference(pixels=4, scores=0.03),
    # Untrained or badly calibrated networks lose more, and are useless.
    'int8': Difference(pixels=64, scores=0.35),
}


def agrees(found: Difference, precision: str) -> bool:
    """Return whether a difference is within the tolerance of ``precision``."""
    limit = TOLERANCE[precision]
    # Overlaps differ in the last digit: a tie may be decided either way.
    few = found.missed <= (found.people or 0) / 50
    return bool(found.pixels <= limit.pixels and found.scores <= limit.scores and few)


def reference_rows(model: nn.Module, images: np.ndarray) -> np.ndarray:
    """Predict every anchor with the unfused model, its own preprocessor and decoding.

    Args:
        images (ndarray): (N, 3, H, W) float32 or (N, H, W, 3) uint8.

    Returns:
        ndarray: (N, M, 6 + 3 K).
    """
    pixels = torch.from_numpy(images)
    pixels = pixels.permute(0, 3, 1, 2) if pixels.dtype == torch.uint8 else pixels
    samples = [PoseDataSample() for _ in pixels]
    head = model.head
    with torch.no_grad():
        data = model.data_preprocessor(dict(inputs=list(pixels), data_samples=samples), False)
        preds = head(model.extract_feat(data['inputs']))
        decoded = postprocess.decode_dense(preds, head.anchors, head.num_classes)
        return postprocess.to_rows(decoded, head.num_classes, head.single_class_score).numpy()


def compare_anchors(output: np.ndarray, reference: np.ndarray) -> Difference:
    """Compare the scores of all anchors and the coordinates of the best: (N, M, 6 + 3 K) each.

    Different shapes, NaN and infinity are an infinite difference.
    """
    count = len(reference)
    if output.shape != reference.shape or not np.isfinite([output, reference]).all():
        return Difference(np.inf, np.inf, count)
    best = np.argsort(-reference[..., 4], axis=1, kind='stable')[:, :BEST, None]
    pair = [np.take_along_axis(rows, best, axis=1) for rows in (output, reference)]
    found = compare_rows(*(np.concatenate(rows) for rows in pair))
    scores = np.abs(output[..., 4] - reference[..., 4]).max()
    return found | Difference(scores=float(scores), images=count)


def compare_people(output: np.ndarray, anchors: np.ndarray, metadata: Metadata) -> Difference:
    """Compare the detections of a file's NMS with those of the runtime's NMS.

    NaN and infinity are an infinite difference.

    Args:
        output (ndarray): Output of the file, see ``nms`` of :class:`.Metadata`.
        anchors (ndarray): (N, M, 6 + 3 K), the file's anchors before NMS.
    """
    total = Difference(people=0)
    if not np.isfinite(output).all() or not np.isfinite(anchors).all():
        return total | Difference(np.inf, np.inf)
    detections = select(output, metadata, len(anchors), **metadata.thresholds)
    # The file's NMS takes all candidates.
    before = replace(metadata, nms='none', nms_pre=anchors.shape[1])
    expected = select(anchors, before, len(anchors), **metadata.thresholds)
    for ours, theirs in zip(detections, expected):
        pairs = match(ours, theirs)
        total |= compare_rows(ours[pairs[:, 0]], theirs[pairs[:, 1]])
        missed = len(ours) + len(theirs) - 2 * len(pairs)
        total |= Difference(people=len(theirs), missed=missed)
    return total


def compare_rows(ours: np.ndarray, theirs: np.ndarray) -> Difference:
    """Compare rows (P, 6 + 3 K) one by one."""
    gaps = np.abs(ours.astype(float) - theirs)
    points = gaps[:, 6:].reshape(-1, 3)
    pixels = max(gaps[:, :4].max(initial=0), points[:, :2].max(initial=0))
    scores = max(gaps[:, 4].max(initial=0), points[:, 2].max(initial=0))
    return Difference(float(pixels), float(scores))


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
