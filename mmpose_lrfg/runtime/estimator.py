"""Poses of images by an exported network."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from .engines import open_engine
from .errors import ModelError
from .letterbox import Letterbox
from .poses import Poses
from .postprocess import select


class PoseEstimator:
    """Runs a file that tools/export.py wrote, with neither torch nor MMPose.

    Args:
        model (str | Path): An .onnx file, or an .xml file of OpenVINO.
        score_thr (float, optional): People that score no more are left out; by default as the
            file says. With NMS in the file it can only be raised.
        nms_thr (float, optional): IoU of boxes above which the lower score goes; by default as
            the file says.
        max_per_img (int, optional): Most people of an image; by default as the file says.
        size (tuple[int, int], optional): Height and width of the network's input, where the file
            takes any.
        batch_size (int): Images of one run, where the file takes any number.
        runtime (str, optional): ``'onnx'`` or ``'openvino'``; by default what the suffix says.
        wnms_thr (float, optional): IoU of boxes above which candidates are merged into a person, 1
            for none; by default as the file says.
        options: ``threads``; ``providers`` of ONNX Runtime; ``device`` and ``precision`` of
            OpenVINO.

    Raises:
        ModelError: If the file is damaged or of another model, or an option does not fit it.

    Example:
        >>> estimator = PoseEstimator('lrfg.onnx', threads=2)
        >>> poses = estimator(cv2.imread('people.jpg'))
        >>> poses.keypoints.shape
        (3, 17, 2)
    """

    def __init__(
        self,
        model: str | Path,
        score_thr: float | None = None,
        nms_thr: float | None = None,
        max_per_img: int | None = None,
        size: tuple[int, int] | None = None,
        batch_size: int = 8,
        runtime: str | None = None,
        wnms_thr: float | None = None,
        **options,
    ):
        self.engine = open_engine(model, runtime, **options)
        self.metadata = told = self.engine.metadata
        thresholds = ('scores', score_thr), ('overlaps', nms_thr), ('overlaps', wnms_thr)
        for name, value in thresholds:
            if value is not None and not 0 <= value <= 1:
                raise ModelError(f'{name} lie in 0..1, so {value} is no threshold for them')
        if batch_size < 1:
            raise ModelError(f'a batch of {batch_size} images is none; give 1 or more')
        self.score_thr = told.score_thr if score_thr is None else score_thr
        self.nms_thr = told.nms_thr if nms_thr is None else nms_thr
        self.wnms_thr = told.wnms_thr if wnms_thr is None else wnms_thr
        self.max_per_img = told.max_per_img if max_per_img is None else max_per_img
        if told.nms != 'none':
            self._check_thresholds(model)
        self.size = told.size if size is None else tuple(size)
        if told.dynamic:
            told.check_size(self.size)
        elif self.size != told.size:
            raise ModelError(
                f'{model} takes only {told.size[0]} x {told.size[1]} pixels; '
                'export it with --dynamic for other sizes'
            )
        self.batch_size = batch_size if told.dynamic else told.batch
        self.skeleton = told.skeleton

    def _check_thresholds(self, model) -> None:
        told = self.metadata
        overlaps = self.nms_thr, self.wnms_thr
        if self.score_thr < told.score_thr or overlaps != (told.nms_thr, told.wnms_thr):
            raise ModelError(
                f'{model} suppresses by itself, above a score of {told.score_thr} and an overlap '
                f'of {told.nms_thr}, and merges above {told.wnms_thr}: export it without --nms to '
                'choose'
            )
        if self.max_per_img > told.max_per_img:
            raise ModelError(f'{model} finds at most {told.max_per_img} people in an image')

    def __call__(self, images: np.ndarray | Sequence[np.ndarray]) -> Poses | list[Poses]:
        """Poses of one image, or of many.

        Args:
            images (ndarray | Sequence[ndarray]): (H, W, 3) or (H, W) uint8, BGR as OpenCV reads
                them; of any sizes.

        Returns:
            Poses | list[Poses]: Of the image, or of each; in its pixels, best first, boxes end at
            the image.

        Raises:
            ModelError: If one is no image.
        """
        if (isinstance(images, np.ndarray) and images.ndim < 4) or images is None:
            return self([images])[0]
        images = [check_image(image, index) for index, image in enumerate(images)]
        found = []
        for start in range(0, len(images), self.batch_size):
            found += self._batch(images[start : start + self.batch_size])
        return found

    def _batch(self, images: Sequence[np.ndarray]) -> list[Poses]:
        """Poses of at most ``batch_size`` images."""
        boxes = [Letterbox.of(image.shape, self.size) for image in images]
        count = len(images) if self.metadata.dynamic else self.batch_size
        pixels = np.empty((count, *self.size, 3), np.uint8)
        for image, box, out in zip(images, boxes, pixels):
            box.warp(image, out, self.metadata.pad_value)
        pixels[len(images) :] = 0
        if self.metadata.input == 'float32':
            pixels = cv2.dnn.blobFromImages(list(pixels))  # (N, 3, H, W)
        people = select(
            self.engine.run(pixels),
            self.metadata,
            len(images),
            self.score_thr,
            self.nms_thr,
            self.wnms_thr,
            self.max_per_img,
        )
        return [self._poses(*each) for each in zip(people, boxes, images)]

    def _poses(self, rows: np.ndarray, box: Letterbox, image: np.ndarray) -> Poses:
        height, width = image.shape[:2]
        corners = box.to_image(rows[:, :4].reshape(-1, 2, 2)).reshape(-1, 4)
        points = rows[:, 6:].reshape(len(rows), len(self.skeleton), 3)
        return Poses(
            boxes=corners.clip(0, [width, height, width, height]),
            scores=rows[:, 4],
            keypoints=box.to_image(points[..., :2]),
            keypoint_scores=points[..., 2],
            labels=rows[:, 5],
            skeleton=self.skeleton,
        )


def check_image(image, index: int = 0) -> np.ndarray:
    """Return ``image`` as (H, W, 3) uint8.

    Raises:
        ModelError: If it is no image.
    """
    if image is None:
        raise ModelError(
            f'image {index} is None, which OpenCV returns for a file that it cannot read'
        )
    shape = getattr(image, 'shape', None)
    good = shape is not None and image.dtype == np.uint8 and 0 not in shape
    if good and len(shape) == 2:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    if not good or len(shape) != 3 or shape[2] != 3:
        what = type(image).__name__ if shape is None else f'{shape} {image.dtype}'
        raise ModelError(f'image {index} is {what}, not (H, W, 3) uint8')
    return image
