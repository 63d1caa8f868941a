"""Reads image files, up to a limit of pixels, and writes them."""

import os
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from .files import write_bytes

LIMIT_VARIABLE = 'OPENCV_IO_MAX_IMAGE_PIXELS'
"""OpenCV's environment variable; OpenCV reads it when it is imported."""
MOST_PIXELS = 100_000_000
"""Its default here: importing :mod:`mmpose_lrfg` sets it."""


class Decoded(NamedTuple):
    """A decoded image, or the reason why there is none."""

    image: np.ndarray | None
    """(H, W, 3) uint8 BGR, rotated as its EXIF data require."""
    reason: str = ''


def pixel_limit() -> int:
    """Return the most pixels that an image, or a batch of images for a network, may have."""
    text = os.environ.get(LIMIT_VARIABLE, '')
    return int(text) if text.isdecimal() else MOST_PIXELS


def read_image(path: Path) -> np.ndarray | None:
    """Read an image as (H, W, 3) uint8 BGR, rotated by its EXIF data; None if that fails."""
    return decode(path).image


def decode(path: Path) -> Decoded:
    """Decode an image file of any name, on any system."""
    content, reason = read_content(path)
    return Decoded(None, reason) if content is None else decode_bytes(content)


def read_content(path: Path) -> tuple[np.ndarray | None, str]:
    """Return the content of a file, (N,) uint8, or None and the reason."""
    try:
        return np.fromfile(path, np.uint8), ''
    except FileNotFoundError:
        return None, 'there is no such file'
    except OSError as error:
        return None, f'it cannot be read: {error.strerror or error}'


def decode_bytes(content: np.ndarray) -> Decoded:
    """Decode the content of an image file, (N,) uint8."""
    if not content.size:
        return Decoded(None, 'the file is empty')
    try:
        image = cv2.imdecode(content, cv2.IMREAD_COLOR)
    except cv2.error as error:
        if 'CV_IO_MAX_IMAGE' in str(error):
            return Decoded(None, f'it has more pixels than {LIMIT_VARIABLE}={pixel_limit()} allows')
        image = None
    return Decoded(image, 'OpenCV cannot decode it' if image is None else '')


def write_image(path: str | Path, image: np.ndarray) -> None:
    """Write an image in the format of the suffix, completely or not at all.

    Raises:
        OSError: If the format cannot hold the image, or the file cannot be written.
    """
    suffix = Path(path).suffix
    try:
        good, content = cv2.imencode(suffix, image)
    except cv2.error:
        good = False
    if not good:
        raise OSError(f'{path}: an image of {image.shape[:2]} cannot be written as {suffix}')
    write_bytes(path, content, durable=False)
