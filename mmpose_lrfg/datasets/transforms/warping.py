"""Pixels: one image warped straight to where it shows in the output, and nothing else computed."""

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
    """Draw an image into the output, in place, where its rectangle of the canvas shows.

    Without rotation and shear the rectangle stays upright, and its pixels are a window of the
    output that the warp fills directly. Neighbouring tiles share no pixel and leave none out.

    Args:
        output (np.ndarray): (H, W, 3) uint8.
        image (np.ndarray): (h, w, 3) uint8; may be read-only.
        to_canvas (np.ndarray): (3, 3), image to canvas.
        rectangle (Sequence[float]): What the image covers of the canvas, x1, y1, x2, y2.
        to_output (np.ndarray): (3, 3), canvas to output.
    """
    height, width = output.shape[:2]
    polygon = transform_points(corners(rectangle), to_output)
    # A pixel belongs to the tile whose area its centre lies in; all edges round alike.
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
