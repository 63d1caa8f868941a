"""Tiles of a picture: resized first, drawn on after, so that lines and marks stay sharp."""

from dataclasses import replace

import cv2
import numpy as np

from mmpose_lrfg.evaluation.diagnosis import Diagnosis, LabelledImage
from mmpose_lrfg.evaluation.error_analysis import Labels
from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.visualization.error_marks import draw_errors, draw_labels


class Tiles:
    """One picture at the size in which it will be shown.

    Args:
        picture (ndarray): (H, W, 3) uint8 BGR.
        side (int): Pixels of the longer side of its tiles.
    """

    def __init__(self, picture: np.ndarray, side: int):
        self.factor = side / max(picture.shape[:2])
        height, width = (max(1, round(n * self.factor)) for n in picture.shape[:2])
        how = cv2.INTER_AREA if self.factor < 1 else cv2.INTER_CUBIC
        self.picture = cv2.resize(picture, (width, height), interpolation=how)

    def plain(self, poses: Poses) -> np.ndarray:
        """Poses without any judgement."""
        return self._scaled(poses).draw(self.picture, boxes=False, scores=False)

    def labelled(self, image: LabelledImage) -> np.ndarray:
        """The people as they are labelled."""
        return draw_labels(self.picture, self._scaled(image.poses()), self._labels(image.labels))

    def judged(self, image: LabelledImage, model: Diagnosis, index: int) -> np.ndarray:
        """What a model found in the image, which is the one of that index."""
        poses, labels = self._scaled(model.poses[index]), self._labels(image.labels)
        return draw_errors(self.picture, poses, model.errors[index], labels)

    def _scaled(self, poses: Poses) -> Poses:
        # (0, 0) is the centre of a pixel.
        keypoints = (poses.keypoints + 0.5) * self.factor - 0.5
        return replace(poses, boxes=poses.boxes * self.factor, keypoints=keypoints)

    def _labels(self, labels: Labels) -> Labels:
        keypoints = labels.keypoints.copy()
        keypoints[..., :2] = (keypoints[..., :2] + 0.5) * self.factor - 0.5
        boxes, ignored = labels.boxes * self.factor, labels.ignored * self.factor
        return Labels(keypoints, labels.areas * self.factor**2, boxes, ignored)
