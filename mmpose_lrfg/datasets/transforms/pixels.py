"""Warping and colour augmentation of images."""

from collections.abc import Sequence

import cv2
import numpy as np

from mmpose_lrfg.datasets.transforms.geometry import corners, transform_points


def warp_into(
    output: np.ndarray,
    image: np.ndarray,
    to_canvas: np.ndarray,
    rectangle: Sequence[float],
    to_output: np.ndarray,
) -> None:
    """Warp an image into the part of the output, in place, where its rectangle is visible.

    Without rotation and shear the rectangle stays upright, and the warp writes directly into a
    window of the output. Neighbouring tiles neither overlap nor leave gaps.

    Args:
        output (np.ndarray): (H, W, 3) uint8.
        image (np.ndarray): (h, w, 3) uint8; may be read-only.
        to_canvas (np.ndarray): (3, 3), image to canvas.
        rectangle (Sequence[float]): Part of the canvas that the image covers, x1, y1, x2, y2.
        to_output (np.ndarray): (3, 3), canvas to output.
    """
    height, width = output.shape[:2]
    polygon = transform_points(corners(rectangle), to_output)
    # A pixel belongs to the tile that contains its centre; all edges are rounded alike.
    low = np.ceil(polygon.min(axis=0)).clip(0, (width, height)).astype(int)
    high = np.ceil(polygon.max(axis=0)).clip(0, (width, height)).astype(int)
    if (high <= low).any():
        return
    (x1, y1), (x2, y2) = low.tolist(), high.tolist()
    matrix = to_output @ to_canvas
    matrix[:2, 2] -= low
    window = output[y1:y2, x1:x2]
    upright = to_output[0, 1] == 0 and to_output[1, 0] == 0
    warped = cv2.warpAffine(
        image,
        matrix[:2],
        (x2 - x1, y2 - y1),
        dst=window if upright else None,
        flags=cv2.INTER_LINEAR,
        # The outermost pixels reach half a pixel beyond their centres.
        borderMode=cv2.BORDER_REPLICATE,
    )
    if not upright:
        mask = np.zeros(window.shape[:2], np.uint8)
        bits = 8
        points = np.round((polygon - low) * (1 << bits)).astype(np.int32)
        cv2.fillConvexPoly(mask, points, 255, shift=bits)
        cv2.copyTo(warped, mask, window)


def apply_hsv(image: np.ndarray, factors: Sequence[float]) -> None:
    """Multiply hue, saturation and value of a BGR image (H, W, 3) uint8 in place.

    Hue wraps around, the others are clipped.
    """
    table = np.arange(256, dtype=np.float64)[:, None] * np.asarray(factors, np.float64)
    table[:, 0] %= 180  # OpenCV stores hue in steps of two degrees
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
    cv2.LUT(hsv, table.clip(0, 255).astype(np.uint8)[:, None], dst=hsv)
    cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR, dst=image)
