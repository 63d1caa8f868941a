"""Does a file say what the network says? The numbers, and how far apart they may be."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from mmpose.structures import PoseDataSample
from torch import nn

from mmpose_lrfg.runtime.metadata import Metadata
from mmpose_lrfg.runtime.postprocess import select

from .network import to_rows

BEST = 200
"""Anchors of an image whose coordinates are compared: those that could become people."""


@dataclass(frozen=True)
class Difference:
    """The largest differences found.

    Args:
        pixels (float): Of box corners and keypoints, in pixels of the input.
        scores (float): Of scores and keypoint scores.
        pictures (int): Compared.
        people (int, optional): Compared, after NMS; None where only anchors were.
        missed (int): People that only one of the two has.
    """

    pixels: float = 0.0
    scores: float = 0.0
    pictures: int = 0
    people: int | None = None
    missed: int = 0

    def __or__(self, other: 'Difference') -> 'Difference':
        """The larger of each; NaN, which Python's ``max`` may drop, counts as the largest."""
        counts = [d.people for d in (self, other) if d.people is not None]
        return Difference(
            float(np.maximum(self.pixels, other.pixels)),
            float(np.maximum(self.scores, other.scores)),
            self.pictures + other.pictures,
            sum(counts) if counts else None,
            self.missed + other.missed,
        )

    def __str__(self) -> str:
        on = f'{self.pictures} pictures'
        if self.people is not None:
            on += f' and {self.people} people'
        missed = f', {self.missed} people in one of the two only' if self.missed else ''
        return f'{self.pixels:.2g} pixels and {self.scores:.2g} in scores on {on}{missed}'


TOLERANCE = {
    'fp32': Difference(pixels=0.1, scores=1e-3),
    'fp16': Difference(pixels=4, scores=0.03),
    # Of an untrained or badly calibrated network more is lost; then it is of no use either.
    'int8': Difference(pixels=64, scores=0.35),
}
ENDLESS = Difference(pixels=float('inf'), scores=float('inf'))


def agrees(found: Difference, precision: str) -> bool:
    """Whether a file of this precision may differ so much."""
    limit = TOLERANCE[precision]
    # Overlaps are not computed in the same precision everywhere: a tie may end either way.
    few = found.missed <= (found.people or 0) / 50
    return bool(found.pixels <= limit.pixels and found.scores <= limit.scores and few)


def reference_rows(model: nn.Module, images: np.ndarray) -> np.ndarray:
    """Rows (N, M, 6 + 3 K) of every anchor by the model itself, unfused, on its own preprocessor.

    Args:
        images (ndarray): (N, 3, H, W) float32 or (N, H, W, 3) uint8.
    """
    pixels = torch.from_numpy(images)
    pixels = pixels.permute(0, 3, 1, 2) if pixels.dtype == torch.uint8 else pixels
    samples = [PoseDataSample() for _ in pixels]
    with torch.no_grad():
        data = model.data_preprocessor(dict(inputs=list(pixels), data_samples=samples), False)
        head = model.head
        raws = head(model.extract_feat(data['inputs']))
        rows = to_rows(raws, head.anchors, head.num_classes, head.single_class_score)
    return rows.numpy()


def compare_anchors(output: np.ndarray, reference: np.ndarray) -> Difference:
    """Every anchor's score, and all of the best ones: two times (N, M, 6 + 3 K).

    Arrays of different shapes, and any NaN or infinity in one of them, differ infinitely.
    """
    if output.shape != reference.shape or not _finite(output, reference):
        return replace(ENDLESS, pictures=len(reference))
    best = np.argsort(-reference[..., 4], axis=1, kind='stable')[:, :BEST, None]
    ours = np.take_along_axis(output, best, axis=1)
    theirs = np.take_along_axis(reference, best, axis=1)
    every = np.abs(output[..., 4] - reference[..., 4]).max()
    result = compare_rows(ours.reshape(-1, ours.shape[2]), theirs.reshape(-1, ours.shape[2]))
    return replace(result, scores=max(result.scores, float(every)), pictures=len(reference))


def compare_people(output: np.ndarray, every: np.ndarray, metadata: Metadata) -> Difference:
    """People that a file's NMS kept against those that the runtime's NMS keeps of ``every`` row.

    Args:
        output (ndarray): As ``metadata.nms`` says.
        every (ndarray): (N, M, 6 + 3 K), all that the file's NMS had to choose from.

    Any NaN or infinity in one of them is an infinite difference.
    """
    if not _finite(output, every):
        return replace(ENDLESS, people=0)
    ours = select(output, metadata, len(every), **metadata.thresholds)
    # The file's NMS looks at all of them.
    everyone = replace(metadata, nms='none', nms_pre=every.shape[1])
    theirs = select(every, everyone, len(every), **metadata.thresholds)
    total = Difference(people=0)
    for found, expected in zip(ours, theirs):
        pairs = match(found, expected)
        one = compare_rows(found[pairs[:, 0]], expected[pairs[:, 1]])
        missed = len(found) + len(expected) - 2 * len(pairs)
        total |= replace(one, people=len(expected), missed=missed)
    return total


def _finite(*arrays: np.ndarray) -> bool:
    """Whether there is neither NaN nor infinity in them: comparisons and maxima pass over NaN."""
    return all(np.isfinite(array).all() for array in arrays)


def compare_rows(ours: np.ndarray, theirs: np.ndarray) -> Difference:
    """Rows (P, 6 + 3 K), one against one."""
    if not len(ours):
        return Difference()
    gaps = np.abs(ours.astype(float) - theirs)
    points = gaps[:, 6:].reshape(len(ours), -1, 3)
    return Difference(
        pixels=float(max(gaps[:, :4].max(), points[..., :2].max())),
        scores=float(max(gaps[:, 4].max(), points[..., 2].max())),
    )


def match(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """(P, 2) indices of rows that mean the same person: mutually nearest rows of one class.

    Near are boxes, and scores: merging may give two people almost the same box.
    """
    if not len(ours) or not len(theirs):
        return np.zeros((0, 2), int)
    gaps = (np.abs(ours[:, None, :5] - theirs[None, :, :5]) * (1, 1, 1, 1, 100)).max(axis=2)
    gaps[ours[:, None, 5] != theirs[None, :, 5]] = np.inf
    there, back = gaps.argmin(axis=1), gaps.argmin(axis=0)
    index = np.flatnonzero(back[there] == np.arange(len(ours)))
    return np.stack([index, there[index]], axis=1)
