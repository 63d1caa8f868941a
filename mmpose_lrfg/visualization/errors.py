"""Draws detections and marks their errors: a colour and a shape for each kind of error."""

from dataclasses import replace

import cv2
import numpy as np

from mmpose_lrfg.evaluation import error_analysis as ea
from mmpose_lrfg.runtime import Poses, drawing
from mmpose_lrfg.visualization.sheets import GAP, grid, write

#: Text, colour (BGR) and marker of OpenCV (None: a circle) by kind, from the mildest to the worst.
#: Okabe and Ito's palette without the colours of the skeletons.
STYLES = {
    ea.JITTER: ('jitter: near its place', (66, 228, 240), None),
    ea.INVERSION: ('inversion: left for right', (230, 110, 240), cv2.MARKER_DIAMOND),
    ea.SWAP: ("swap: another person's", (120, 220, 60), cv2.MARKER_SQUARE),
    ea.MISS: ('miss: far from everything', (70, 70, 255), cv2.MARKER_TRIANGLE_UP),
}
MISSED_PERSON, FALSE_PERSON, IGNORED = (70, 70, 255), (255, 255, 255), (160, 160, 160)


def draw_errors(
    image: np.ndarray, poses: Poses, errors: ea.ImageErrors, labels: ea.Labels
) -> np.ndarray:
    """Draw detections and mark their errors.

    A line leads from a wrong keypoint to its annotation. False negatives and false positives have a
    box.

    Args:
        image (ndarray): (H, W, 3) uint8 BGR, as is the result.
        poses (Poses): D detections in pixels of ``image``.
        errors (ImageErrors): Of these detections.
        labels (Labels): G people.
    """
    scores = poses.keypoint_scores.copy()  # an annotated keypoint is drawn at any score
    hit = errors.match >= 0
    annotated = errors.status[hit] != ea.UNLABELLED
    scores[errors.match[hit]] = np.where(annotated, 1, scores[errors.match[hit]])
    poses = replace(poses, keypoint_scores=scores)
    canvas = poses.draw(image, boxes=False, labels=False)
    unit = max(canvas.shape[:2]) / 1000
    for person, detection in enumerate(errors.match):
        if detection < 0:
            _box(canvas, labels.boxes[person], MISSED_PERSON, 'missed')
            continue
        true, found = labels.keypoints[person, :, :2], poses.keypoints[detection]
        size = drawing.person_size(labels.boxes[person], found, np.ones(len(found)))
        radius = float(np.clip(2.1 * drawing.bone_width(size, unit), 5.0, max(15 * unit, 7.0)))
        for kind, (_, colour, _) in STYLES.items():
            for k in np.flatnonzero(errors.status[person] == kind):
                if kind != ea.JITTER:
                    _line(canvas, found[k], true[k], colour, max(0.1 * radius, 0.4))
                draw_marker(canvas, found[k], radius, kind)
    for detection in np.flatnonzero(errors.false_positive):
        _box(canvas, poses.boxes[detection], FALSE_PERSON, 'false')
    return canvas


def draw_marker(canvas: np.ndarray, centre: np.ndarray, radius: float, kind: int) -> None:
    """Draw the outlined circle, diamond, square or triangle of a kind of error."""
    if not np.isfinite(centre).all() or np.abs(centre).max() > 1e6:
        return
    _, colour, marker = STYLES[kind]
    at, size = np.round(centre).astype(int).tolist(), round(2 * radius)
    thick = max(1, round(0.34 * radius))
    for shade, width in ((drawing.INK, thick + max(2, thick)), (colour, thick)):
        if marker is None:
            cv2.circle(canvas, at, size // 2, shade, width, cv2.LINE_AA)
        else:
            cv2.drawMarker(canvas, at, shade, marker, size, width, cv2.LINE_AA)


def _line(canvas, start, end, colour, radius: float) -> None:
    if np.isfinite(start).all() and np.isfinite(end).all():
        drawing.fill(canvas, drawing.capsule(start, end, radius + 0.8), drawing.INK)
        drawing.fill(canvas, drawing.capsule(start, end, radius), colour)


def _box(canvas, box, colour, text: str) -> None:
    unit = max(canvas.shape[:2]) / 1000
    drawing.draw_box(canvas, box, max(2.5 * unit, 1.5), colour)
    drawing.draw_label(canvas, text, box, 300 * unit, unit)


class Tiles:
    """An image in the size in which it is shown: what is drawn after resizing stays sharp.

    Args:
        image (ndarray): (H, W, 3) uint8 BGR.
        side (int): Longer side of the tiles in pixels.
    """

    def __init__(self, image: np.ndarray, side: int):
        self.factor = side / max(image.shape[:2])
        size = [max(1, round(n * self.factor)) for n in image.shape[1::-1]]
        mode = cv2.INTER_AREA if self.factor < 1 else cv2.INTER_CUBIC
        self.image = cv2.resize(image, size, interpolation=mode)

    def plain(self, poses: Poses, **options) -> np.ndarray:
        """Draw poses given in pixels of the image, by default without boxes and text."""
        options = dict(boxes=False, labels=False, names=False) | options
        return self._scaled(poses).draw(self.image, **options)

    def labelled(self, labels: ea.Labels) -> np.ndarray:
        """Draw the annotated people, and a box for people without keypoints."""
        xy, visible = labels.keypoints[..., :2], labels.annotated
        canvas = self.plain(Poses(labels.boxes, np.ones(len(xy)), xy, visible))
        for box in labels.ignored * self.factor:
            _box(canvas, box, IGNORED, 'no keypoints')
        return canvas

    def judged(self, labels: ea.Labels, poses: Poses, errors: ea.ImageErrors) -> np.ndarray:
        """Draw detections and their errors."""
        keypoints = labels.keypoints.copy()
        keypoints[..., :2] = self._pixels(keypoints[..., :2])
        labels = labels._replace(keypoints=keypoints, boxes=labels.boxes * self.factor)
        return draw_errors(self.image, self._scaled(poses), errors, labels)

    def _scaled(self, poses: Poses) -> Poses:
        boxes, keypoints = poses.boxes * self.factor, self._pixels(poses.keypoints)
        return replace(poses, boxes=boxes, keypoints=keypoints)

    def _pixels(self, points: np.ndarray) -> np.ndarray:
        return (points + 0.5) * self.factor - 0.5  # (0, 0) is the centre of a pixel


def legend(width: int) -> np.ndarray:
    """Return the markers and their meanings as tiles, (h, w, 3) with w <= ``width`` if possible."""
    tiles = []
    for kind, text in (
        *((kind, text) for kind, (text, _, _) in STYLES.items()),
        (None, 'box, red: missed, a false negative'),
        (None, 'box, white: a false positive'),
        (None, 'limbs: blue is left, orange is right'),
    ):
        # The markers are made for photographs: their background is dark.
        tile = np.full((34, 312, 3), (64, 58, 54), np.uint8)
        if kind is not None:
            draw_marker(tile, np.array([20.0, 17.0]), 8.0, kind)
        write(tile, (10 if kind is None else 42, 7), text, 15, colour=(245, 245, 245))
        tiles.append(tile)
    return grid(tiles, columns=max((width + GAP) // (312 + GAP), 1))
