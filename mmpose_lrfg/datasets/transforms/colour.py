"""Random hue, saturation and value, by look-up tables on bytes."""

from collections.abc import Sequence

import cv2
import numpy as np

HUES = 180  # OpenCV's hue counts in steps of two degrees


def hsv_table(factors: Sequence[float]) -> np.ndarray:
    """Table of new values for every old one.

    Args:
        factors (Sequence[float]): What hue, saturation and value are multiplied by. Hue wraps
            around, the others are clipped.

    Returns:
        np.ndarray: (256, 1, 3) uint8, for ``cv2.LUT`` on an HSV image.
    """
    scaled = np.arange(256, dtype=np.float64)[:, None] * np.asarray(factors, np.float64)
    scaled[:, 0] %= HUES
    return scaled.clip(0, 255).astype(np.uint8)[:, None]


def draw_hsv_factors(gains: Sequence[float]) -> np.ndarray:
    """Random factors, uniform in 1 - gain to 1 + gain, of hue, saturation and value: (3,)."""
    return 1 + np.random.uniform(-1, 1, 3) * np.asarray(gains)


def apply_hsv(image: np.ndarray, factors: Sequence[float]) -> None:
    """Multiply hue, saturation and value of a BGR image (H, W, 3) uint8 in place."""
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
    cv2.LUT(hsv, hsv_table(factors), dst=hsv)
    cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR, dst=image)
