"""Poses of images by an exported network."""

import copy
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from .engines import open_engine
from .letterbox import Letterbox
from .metadata import ModelError
from .poses import Poses
from .postprocess import select


class PoseEstimator:
    """Runs a file of ``lrfg export``, without MMPose and, but for TorchScript, without torch.

    Thresholds and sizes that are None have the file's values.

    Args:
        model (str | Path): An .onnx file, an .xml file of OpenVINO or a .pt file of TorchScript.
        score_thr (float, optional): Detections with score <= ``score_thr`` are discarded. With NMS
            in the file it can only be raised.
        nms_thr (float, optional): IoU of boxes above which NMS removes the lower score.
        max_per_img (int, optional): Most detections of an image.
        img_size (tuple[int, int], optional): Height and width of the input, for files with dynamic
            axes.
        batch_size (int): Images per run, for files with dynamic axes.
        runtime (str, optional): As in :func:`.open_engine` (default: by suffix).
        wnms_thr (float, optional): IoU threshold of weighted NMS (BlazeFace's blending); 1 turns
            it off.
        options: Of the engine: ``device``, ``threads``, ``precision``, and ``providers`` of ONNX
            Runtime.

    Raises:
        ModelError: If the file is damaged or from another program, or an option contradicts it.

    Examples:
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
        img_size: tuple[int, int] | None = None,
        batch_size: int = 8,
        runtime: str | None = None,
        wnms_thr: float | None = None,
        **options,
    ):
        given = dict(
            score_thr=score_thr, nms_thr=nms_thr, wnms_thr=wnms_thr, max_per_img=max_per_img
        )
        given = {name: value for name, value in given.items() if value is not None}
        if batch_size < 1:
            raise ModelError(f'batch_size must be >= 1, got {batch_size}')
        self.path = model
        self.engine = open_engine(model, runtime, **options)
        self.metadata = meta = self.engine.metadata
        self.skeleton = meta.skeleton
        self.batch_size = batch_size if meta.dynamic else meta.batch
        self.size = meta.size if img_size is None else tuple(img_size)
        if meta.dynamic:
            meta.check_size(self.size)
        elif self.size != meta.size:
            raise ModelError(
                f'{model} takes only {meta.size[0]} x {meta.size[1]} pixels; '
                'export it with --dynamic for other sizes'
            )
        self.thresholds = self._thresholds(**given)

    @property
    def recommended_score_thr(self) -> float:
        """Score threshold for predictions: the file's, but not below that of its NMS."""
        meta = self.metadata
        lowest = 0.0 if meta.nms == 'none' else meta.score_thr
        return max(meta.recommended_score_thr, lowest)

    def at_score_thr(self, score_thr: float) -> 'PoseEstimator':
        """Return an estimator with another score threshold, which shares the loaded network."""
        other = copy.copy(self)
        other.thresholds = self._thresholds(**self.thresholds | dict(score_thr=score_thr))
        return other

    def _thresholds(self, **given) -> dict:
        """Return the file's thresholds and the given ones; raise a ModelError if they conflict."""
        for name, value in given.items():
            if name != 'max_per_img' and not 0 <= value <= 1:
                raise ModelError(f'{name} must be in 0..1, got {value}')
        meta = self.metadata
        thresholds = meta.thresholds | given
        allowed = dict(
            meta.thresholds,
            score_thr=max(thresholds['score_thr'], meta.score_thr),
            max_per_img=min(thresholds['max_per_img'], meta.max_per_img),
        )
        if meta.nms != 'none' and thresholds != allowed:
            fixed = ', '.join(f'{name}={value}' for name, value in meta.thresholds.items())
            raise ModelError(
                f'{self.path} contains NMS with {fixed}; score_thr can only be raised and '
                'max_per_img lowered: export it without --nms to change them'
            )
        return thresholds

    def __call__(self, images: np.ndarray | Sequence[np.ndarray]) -> Poses | list[Poses]:
        """Predict the poses of one image or of several.

        Args:
            images (ndarray | Sequence[ndarray]): (H, W, 3) BGR or (H, W) uint8, as OpenCV reads
                them; of any sizes.

        Returns:
            Poses | list[Poses]: Of the image, or of each image, in its pixels, best first; boxes
            are clipped to the image.

        Raises:
            ModelError: If an image has another shape or type, or the file returns NaN.
        """
        if images is None or (isinstance(images, np.ndarray) and images.ndim < 4):
            return self([images])[0]
        images = [check_image(image, index) for index, image in enumerate(images)]
        found = []
        for start in range(0, len(images), self.batch_size):
            found += self._batch(images[start : start + self.batch_size])
        return found

    def _batch(self, images: Sequence[np.ndarray]) -> list[Poses]:
        """Predict at most ``batch_size`` images."""
        boxes = [Letterbox.of(image.shape, self.size) for image in images]
        count = len(images) if self.metadata.dynamic else self.batch_size
        pixels = np.zeros((count, *self.size, 3), np.uint8)
        for image, box, out in zip(images, boxes, pixels):
            box.warp(image, out, self.metadata.pad_value)
        if self.metadata.input == 'float32':
            pixels = cv2.dnn.blobFromImages(list(pixels))  # (N, 3, H, W)
        output = self.engine.run(pixels)
        self._check_output(output)
        people = select(output, self.metadata, len(images), **self.thresholds)
        if not all(np.isfinite(rows).all() for rows in people):
            raise ModelError(f'{self.path} returns NaN or infinity')
        return [self._poses(*each) for each in zip(people, boxes, images)]

    def _check_output(self, output: np.ndarray) -> None:
        """Raise a ModelError if the shape is not the described one or a score is not finite."""
        dynamic = self.metadata.nms == 'dynamic'
        width = 6 + 3 * len(self.skeleton) + dynamic
        if output.ndim != 3 - dynamic or output.shape[-1] != width:
            raise ModelError(
                f'{self.path} returns an array of shape {output.shape}; its metadata describe rows '
                f'of {width} numbers'
            )
        if not np.isfinite(output[..., 4 + dynamic]).all():
            raise ModelError(f'{self.path} returns NaN or infinity')

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


def check_image(image, index: int) -> np.ndarray:
    """Return ``image`` as (H, W, 3) uint8; raise a ModelError for another shape or type."""
    if image is None:
        raise ModelError(
            f'image {index} is None, which OpenCV returns for a file that it cannot read'
        )
    if not isinstance(image, np.ndarray):
        raise ModelError(f'image {index} must be an array, got {type(image).__name__}')
    right_shape = image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)
    if image.dtype != np.uint8 or not right_shape or not image.size:
        given = f'{image.shape} {image.dtype}'
        raise ModelError(f'image {index} must be (H, W, 3) uint8, got {given}')
    return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image
