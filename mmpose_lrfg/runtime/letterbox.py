"""Letterbox: fits an image into the network's input, bit for bit as MMPose's BottomupResize."""

from typing import NamedTuple

import cv2
import numpy as np


class Letterbox(NamedTuple):
    """Placement of an image in the input: as large as fits, in the middle.

    Args:
        centre (ndarray): (2,) x, y of the image's centre in its own pixels.
        extent (ndarray): (2,) width and height of the whole input in pixels of the image.
        size (tuple[int, int]): Height and width of the input in pixels.
    """

    centre: np.ndarray
    extent: np.ndarray
    size: tuple[int, int]

    @classmethod
    def of(cls, shape: tuple[int, ...], size: tuple[int, int]) -> 'Letterbox':
        """Place an image of ``shape`` (height, width, ...) in an input of ``size``."""
        height, width = shape[:2]
        ratio = width / height
        fitted = min(size[1], size[0] * ratio), min(size[0], size[1] / ratio)
        extent = width * size[1] / fitted[0], height * size[0] / fitted[1]
        # Single precision as in MMPose: the last bit can change a pixel.
        return cls(np.float32([width / 2, height / 2]), np.float32(extent), tuple(size))

    def matrix(self) -> np.ndarray:
        """Return the (2, 3) affine matrix from pixels of the image to pixels of the input."""
        triangles = []
        middle = np.float32(self.size[::-1]) / 2
        for centre, width in ((self.centre, self.extent[0]), (middle, self.size[1])):
            left = np.float32(centre + np.array([width * -0.5, 0.0]))
            direction = centre - left
            # The third point, at a right angle, fixes the ratio.
            triangles.append([centre, left, left + np.float32([-direction[1], direction[0]])])
        return cv2.getAffineTransform(*np.float32(triangles))

    def warp(self, image: np.ndarray, out: np.ndarray, pad_value: tuple[int, ...]) -> None:
        """Draw ``image`` (H, W, 3) into ``out``, (*size, 3), uint8 and contiguous."""
        cv2.warpAffine(
            image,
            self.matrix(),
            self.size[::-1],
            dst=out,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=pad_value,
        )

    def to_image(self, points: np.ndarray) -> np.ndarray:
        """Transform points (..., 2) from pixels of the input to pixels of the image."""
        return points / self.size[::-1] * self.extent + self.centre - 0.5 * self.extent
