"""Reads image files, up to OpenCV's limit of pixels."""

import os
from pathlib import Path

import cv2
import numpy as np

LIMIT_VARIABLE = 'OPENCV_IO_MAX_IMAGE_PIXELS'
"""OpenCV's own environment variable; it is read once, when OpenCV is imported."""
MOST_PIXELS = 100_000_000
"""Its value where it is not set: importing :mod:`mmpose_lrfg` sets it."""


def pixel_limit() -> int:
    """Return the most pixels that an image, or a batch of images for a network, may have."""
    text = os.environ.get(LIMIT_VARIABLE, '')
    return int(text) if text.isdecimal() else MOST_PIXELS


def read_image(path: Path) -> np.ndarray | None:
    """(H, W, 3) uint8 BGR, turned upright as its EXIF data say; None if it does not decode."""
    return decode(path)[0]


def decode(path: Path) -> tuple[np.ndarray | None, str]:
    """Decode an image file, whatever its name, on any system.

    Returns:
        tuple[ndarray | None, str]: As of :func:`read_image`, and why it is None.
    """
    try:
        content = np.fromfile(path, np.uint8)
        image = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    except FileNotFoundError:
        return None, 'there is no such file'
    except OSError as error:
        return None, f'it cannot be read: {error.strerror or error}'
    except cv2.error as error:
        if 'CV_IO_MAX_IMAGE' in str(error):
            return None, f'it has more pixels than {LIMIT_VARIABLE}={pixel_limit()} allows'
        return None, 'OpenCV cannot decode it'
    if image is None:
        return None, 'OpenCV cannot decode it' if content.size else 'the file is empty'
    return image, ''
