"""Where tiles lie and what a matrix does to annotations: geometry without a pixel.

Coordinates are those of pixel centres, as in COCO and MMPose: pixel i lies at i. Matrices are
(3, 3), act on column vectors (x, y, 1), and serve pixels and annotations alike.
"""

import math
from collections.abc import Sequence

import numpy as np

# A tile's place in the mosaic by its number: which side of the mosaic's centre it touches.
QUADRANTS = ('top left', 'top right', 'bottom left', 'bottom right')


def affine_matrix(
    canvas: Sequence[float],
    output: Sequence[float],
    gain: float = 1.0,
    shift: Sequence[float] = (0.0, 0.0),
    rotate: float = 0.0,
    shear: Sequence[float] = (0.0, 0.0),
) -> np.ndarray:
    """Matrix from a canvas to the output: centre to centre, then shifted.

    Args:
        canvas (Sequence[float]): Width and height of the canvas in pixels.
        output (Sequence[float]): Width and height of the output in pixels.
        gain (float): Output pixels per canvas pixel.
        shift (Sequence[float]): Shift right and down, in parts of the output's size.
        rotate (float): Degrees, turning the picture against the clock.
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
    """Matrix (3, 3) that moves a picture by so many pixels."""
    return np.array([[1.0, 0, right], [0, 1, down], [0, 0, 1]])


def mirror_matrix(width: float) -> np.ndarray:
    """Matrix (3, 3) that swaps left and right of a picture: its first column and its last."""
    return np.array([[-1.0, 0, width - 1], [0, 1, 0], [0, 0, 1]])


def letterbox_matrix(shape: Sequence[int], size: Sequence[int]) -> np.ndarray:
    """Matrix that fits an image, centred, into a canvas.

    Args:
        shape (Sequence[int]): Height and width of the image.
        size (Sequence[int]): Width and height of the canvas.
    """
    ratio = min(size[1] / shape[0], size[0] / shape[1])
    return np.array(
        [
            [ratio, 0, (size[0] - ratio * shape[1]) / 2],
            [0, ratio, (size[1] - ratio * shape[0]) / 2],
            [0, 0, 1],
        ]
    )


def tile_matrix(
    quadrant: int, shape: Sequence[int], size: Sequence[int], centre: Sequence[int]
) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """Where one image lies in a mosaic: fitted to the tile's size, one corner in the centre.

    Args:
        quadrant (int): 0 to 3, see ``QUADRANTS``.
        shape (Sequence[int]): Height and width of the image.
        size (Sequence[int]): Width and height of a tile; the mosaic is twice that.
        centre (Sequence[int]): Where the four tiles meet, in pixels of the mosaic.

    Returns:
        tuple: Matrix from the image to the mosaic, and the rectangle that the image covers there
        (x1, y1, x2, y2), cut off at the mosaic's border; x2 and y2 are exclusive.
    """
    ratio = min(size[1] / shape[0], size[0] / shape[1])
    width, height = int(shape[1] * ratio), int(shape[0] * ratio)
    x = centre[0] - width if quadrant % 2 == 0 else centre[0]
    y = centre[1] - height if quadrant < 2 else centre[1]
    rectangle = (
        max(x, 0),
        max(y, 0),
        min(x + width, 2 * size[0]),
        min(y + height, 2 * size[1]),
    )
    return np.array([[ratio, 0, x], [0, ratio, y], [0, 0, 1.0]]), rectangle


def quadrant_rectangle(
    quadrant: int, size: Sequence[int], centre: Sequence[int]
) -> tuple[int, int, int, int]:
    """What of a mosaic an image of any shape could cover there: (x1, y1, x2, y2)."""
    x1, x2 = (0, centre[0]) if quadrant % 2 == 0 else (centre[0], 2 * size[0])
    y1, y2 = (0, centre[1]) if quadrant < 2 else (centre[1], 2 * size[1])
    return x1, y1, x2, y2


def corners(rectangle: Sequence[float]) -> np.ndarray:
    """The four corners, (4, 2), of the area that the pixels x1 <= x < x2, y1 <= y < y2 cover."""
    x1, y1, x2, y2 = (value - 0.5 for value in rectangle)
    return np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]])


def transform_points(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points (..., 2) through a matrix (3, 3)."""
    return points @ matrix[:2, :2].T + matrix[:2, 2]


def transform_boxes(boxes: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Upright boxes around the transformed boxes, (N, 4) as x1, y1, x2, y2."""
    if matrix[0, 1] == matrix[1, 0] == 0 and matrix[0, 0] > 0 and matrix[1, 1] > 0:
        return transform_points(boxes.reshape(-1, 2, 2), matrix).reshape(-1, 4)
    points = transform_points(boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2), matrix)
    return np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)


def is_seen(rectangle: Sequence[float], matrix: np.ndarray, output: Sequence[int]) -> bool:
    """Whether any of a rectangle of the canvas may show in the output (width, height)."""
    points = transform_points(corners(rectangle), matrix)
    low, high = points.min(axis=0), points.max(axis=0)
    return bool((high > -0.5).all() and (low < np.asarray(output) - 0.5).all())
