"""Draws found people and marks what is wrong with them, each kind in a colour and a shape."""

import itertools
from dataclasses import replace

import cv2
import numpy as np

from mmpose_lrfg.evaluation.error_analysis import (
    INVERSION,
    JITTER,
    MISS,
    SWAP,
    UNLABELLED,
    ImageErrors,
    Labels,
)
from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime.drawing import INK, bone_width, capsule, fill, person_size

# Okabe and Ito's palette without the colours of the skeletons; BGR.
COLOURS = {
    JITTER: (66, 228, 240),
    INVERSION: (230, 110, 240),
    SWAP: (120, 220, 60),
    MISS: (70, 70, 255),
}
MISSED_PERSON = (70, 70, 255)
FALSE_PERSON = (255, 255, 255)
SIDES = {JITTER: 24, INVERSION: 4, SWAP: 4, MISS: 3}  # circle, diamond, square, triangle
TURNS = {JITTER: 0, INVERSION: 0, SWAP: np.pi / 4, MISS: -np.pi / 2}
WORDS = {
    JITTER: 'jitter: near its place',
    INVERSION: 'inversion: left for right',
    SWAP: "swap: another person's",
    MISS: 'miss: far from everything',
}


def draw_labels(image: np.ndarray, poses: Poses, labels: Labels) -> np.ndarray:
    """The people as they are labelled; where people are not labelled, a grey dashed box."""
    canvas = poses.draw(image, boxes=False, scores=False)
    for box in labels.ignored:
        dashed_box(canvas, box, (160, 160, 160), 'not labelled')
    return canvas


def draw_errors(
    image: np.ndarray,
    poses: Poses,
    errors: ImageErrors,
    labels: Labels,
    keypoint_thr: float = 0.3,
) -> np.ndarray:
    """Draw what a model found, and mark what is wrong.

    A line leads from a wrong keypoint to its place. People who were missed, and detections of
    nobody, have a dashed box.

    Args:
        image (ndarray): (H, W, 3) uint8 BGR.
        poses (Poses): D detections in pixels of ``image``.
        errors (ImageErrors): Of these detections.
        labels (Labels): G people.
        keypoint_thr (float): Keypoints that score less are left out, unless they are labelled and
            so were judged.

    Returns:
        ndarray: (H, W, 3) uint8 BGR.
    """
    canvas = _with_judged(poses, errors).draw(
        image, keypoint_thr=keypoint_thr, boxes=False, scores=False
    )
    for person, detection in enumerate(errors.match):
        if detection < 0:
            dashed_box(canvas, labels.boxes[person], MISSED_PERSON, 'missed')
            continue
        true, found = labels.keypoints[person, :, :2], poses.keypoints[detection]
        radius = _radius(canvas, labels.boxes[person], found)
        status = errors.status[person]
        for kind in (JITTER, INVERSION, SWAP, MISS):  # the worst on top
            for k in np.flatnonzero(status == kind):
                if kind != JITTER:
                    _line(canvas, found[k], true[k], COLOURS[kind], 0.22 * radius)
                draw_mark(canvas, found[k], radius, kind)
    for detection in np.flatnonzero(errors.false_positive):
        dashed_box(canvas, poses.boxes[detection], FALSE_PERSON, 'nobody')
    return canvas


def _with_judged(poses: Poses, errors: ImageErrors) -> Poses:
    """The same, labelled keypoints scoring 1."""
    scores = poses.keypoint_scores.copy()
    hit = errors.match >= 0
    judged = errors.status[hit] != UNLABELLED
    scores[errors.match[hit]] = np.where(judged, 1, scores[errors.match[hit]])
    return replace(poses, keypoint_scores=scores)


def _radius(canvas, box, keypoints) -> float:
    unit = max(canvas.shape[:2]) / 1000
    size = person_size(box, keypoints, np.ones(len(keypoints)))
    return float(np.clip(2.1 * bone_width(size, unit), 5.0, max(15 * unit, 7.0)))


def draw_mark(canvas: np.ndarray, centre: np.ndarray, radius: float, kind: int) -> None:
    """An outlined circle, diamond, square or triangle around a point."""
    if not np.isfinite(centre).all() or np.abs(centre).max() > 1e6:
        return
    angles = TURNS[kind] + np.arange(SIDES[kind]) * 2 * np.pi / SIDES[kind]
    # A triangle is as large to the eye as a circle when its corners stand out.
    reach = radius * (1.35 if SIDES[kind] < 5 else 1.0)
    outline = np.round((centre + reach * np.stack([np.cos(angles), np.sin(angles)], 1)) * 16)
    thick = max(1, round(0.34 * radius))
    for colour, width in ((INK, thick + max(2, thick)), (COLOURS[kind], thick)):
        cv2.polylines(canvas, [outline.astype(np.int32)], True, colour, width, cv2.LINE_AA, 4)


def _line(canvas, start, end, colour, width: float) -> None:
    if np.isfinite(start).all() and np.isfinite(end).all():
        width = max(width, 0.8)
        fill(canvas, capsule(start, end, width / 2 + 0.8), INK)
        fill(canvas, capsule(start, end, width / 2), colour)


def dashed_box(canvas: np.ndarray, box: np.ndarray, colour: tuple, word: str) -> None:
    """A dashed box that ends at the picture's edge, with a word on it if there is room."""
    height, width = canvas.shape[:2]
    unit = max(height, width) / 1000
    thick = max(2, round(2.6 * unit))
    x1, y1, x2, y2 = np.clip(box, thick, [width - thick - 1, height - thick - 1] * 2)
    corners = [(x1, y1), (x2, y1), (x2, y2), (x1, y2), (x1, y1)]
    dash = max(5.0, 11 * unit)
    for (ax, ay), (bx, by) in itertools.pairwise(corners):
        length = float(np.hypot(bx - ax, by - ay))
        for start in np.arange(0, length, 2 * dash):
            ends = np.array([start, min(start + dash, length)]) / max(length, 1e-9)
            (px, py), (qx, qy) = ((int(ax + t * (bx - ax)), int(ay + t * (by - ay))) for t in ends)
            cv2.line(canvas, (px + 1, py + 1), (qx + 1, qy + 1), INK, thick)
            cv2.line(canvas, (px, py), (qx, qy), colour, thick)
    scale = max(0.42, 0.62 * unit)
    if cv2.getTextSize(word, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)[0][0] > x2 - x1:
        return  # the legend tells it; words over words tell nothing
    at = int(x1 + 3 * unit), int(min(max(y1 - 6 * unit, 22 * scale), height - 4))
    for ink, stroke in ((INK, 4), (colour, 1)):
        width_of = max(1, round(stroke * max(scale, 0.5)))
        cv2.putText(canvas, word, at, cv2.FONT_HERSHEY_SIMPLEX, scale, ink, width_of, cv2.LINE_AA)
