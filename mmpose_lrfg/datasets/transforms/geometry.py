"""Affine matrices of tiles and images, and the transform of points and boxes.

Coordinates are those of pixel centres, as in COCO and MMPose: pixel i lies at i. Matrices are
(3, 3), act on column vectors (x, y, 1), and serve pixels and annotations alike.
"""

import math
from collections.abc import Sequence

import numpy as np


def affine_matrix(
    canvas: Sequence[float],
    output: Sequence[float],
    gain: float = 1.0,
    shift: Sequence[float] = (0.0, 0.0),
    rotate: float = 0.0,
    shear: Sequence[float] = (0.0, 0.0),
) -> np.ndarray:
    """Return the matrix from a canvas to the output: centre to centre, then shifted.

    Args:
        canvas (Sequence[float]): Width and height of the canvas in pixels.
        output (Sequence[float]): Width and height of the output in pixels.
        gain (float): Output pixels per canvas pixel.
        shift (Sequence[float]): Shift right and down, in parts of the output's size.
        rotate (float): Degrees, counter-clockwise.
        shear (Sequence[float]): Degrees along x and y.

    Returns:
        np.ndarray: (3, 3) float64.
    """
    angle = math.radians(rotate)
    cos, sin = gain * math.cos(angle), gain * math.sin(angle)
    along_x, along_y = (math.tan(math.radians(value)) for value in shear)
    linear = np.array([[1, along_x], [along_y, 1]]) @ np.array([[cos, sin], [-sin, cos]])
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    centre = np.asarray(output, float) * (0.5 + np.asarray(shift, float))
    matrix[:2, 2] = centre - linear @ (np.asarray(canvas, float) / 2)
    return matrix


def translation_matrix(right: float, down: float) -> np.ndarray:
    """Return the matrix (3, 3) of a translation in pixels."""
    return np.array([[1.0, 0, right], [0, 1, down], [0, 0, 1]])


def mirror_matrix(width: float) -> np.ndarray:
    """Return the matrix (3, 3) of a horizontal flip: the first column becomes the last."""
    return np.array([[-1.0, 0, width - 1], [0, 1, 0], [0, 0, 1]])


def letterbox(shape: Sequence[int], size: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Fit an image, centred, into a canvas.

    Args:
        shape (Sequence[int]): Height and width of the image.
        size (Sequence[int]): Width and height of the canvas.

    Returns:
        tuple: Matrix (3, 3) from the image to the canvas, and its rectangle there (x1, y1, x2, y2).
    """
    ratio = min(size[1] / shape[0], size[0] / shape[1])
    x, y = (size[0] - ratio * shape[1]) / 2, (size[1] - ratio * shape[0]) / 2
    matrix = np.array([[ratio, 0, x], [0, ratio, y], [0, 0, 1]])
    # Pixels extend by half a pixel beyond their centres.
    ends = np.array([[-0.5, -0.5], [shape[1] - 0.5, shape[0] - 0.5]])
    return matrix, transform_points(ends, matrix).ravel() + 0.5


def tile_matrix(
    quadrant: int, shape: Sequence[int], size: Sequence[int], centre: Sequence[int]
) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """Fit an image to a tile of a mosaic, one corner in the mosaic's centre.

    Args:
        quadrant (int): 0 top left, 1 top right, 2 bottom left, 3 bottom right.
        shape (Sequence[int]): Height and width of the image.
        size (Sequence[int]): Width and height of a tile; the mosaic is twice that.
        centre (Sequence[int]): Point where the four tiles meet, in pixels of the mosaic.

    Returns:
        tuple: Matrix (3, 3) from the image to the mosaic, and its rectangle there (x1, y1, x2, y2),
        clipped to the mosaic; x2 and y2 are exclusive.
    """
    ratio = min(size[1] / shape[0], size[0] / shape[1])
    width, height = int(shape[1] * ratio), int(shape[0] * ratio)
    x = centre[0] - width if quadrant % 2 == 0 else centre[0]
    y = centre[1] - height if quadrant < 2 else centre[1]
    x2, y2 = min(x + width, 2 * size[0]), min(y + height, 2 * size[1])
    return np.array([[ratio, 0, x], [0, ratio, y], [0, 0, 1.0]]), (max(x, 0), max(y, 0), x2, y2)


def quadrant_rectangle(
    quadrant: int, size: Sequence[int], centre: Sequence[int]
) -> tuple[int, int, int, int]:
    """Return the part (x1, y1, x2, y2) of a mosaic that an image of any shape could cover."""
    x1, x2 = (0, centre[0]) if quadrant % 2 == 0 else (centre[0], 2 * size[0])
    y1, y2 = (0, centre[1]) if quadrant < 2 else (centre[1], 2 * size[1])
    return x1, y1, x2, y2


def corners(rectangle: Sequence[float]) -> np.ndarray:
    """Return the corners (4, 2) of the area of the pixels x1 <= x < x2, y1 <= y < y2."""
    x1, y1, x2, y2 = (value - 0.5 for value in rectangle)
    return np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]])


def transform_points(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Transform points (..., 2) by a matrix (3, 3)."""
    return points @ matrix[:2, :2].T + matrix[:2, 2]


def transform_boxes(boxes: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return upright boxes around the transformed boxes, (N, 4) as x1, y1, x2, y2."""
    if matrix[0, 1] == matrix[1, 0] == 0 and matrix[0, 0] > 0 and matrix[1, 1] > 0:
        return transform_points(boxes.reshape(-1, 2, 2), matrix).reshape(-1, 4)
    points = transform_points(boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2), matrix)
    return np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)


def is_visible(rectangle: Sequence[float], matrix: np.ndarray, output: Sequence[int]) -> bool:
    """Return whether a rectangle of the canvas may be visible in the output (width, height)."""
    points = transform_points(corners(rectangle), matrix)
    low, high = points.min(axis=0), points.max(axis=0)
    return bool((high > -0.5).all() and (low < np.asarray(output) - 0.5).all())
