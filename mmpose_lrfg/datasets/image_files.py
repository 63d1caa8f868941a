"""Finding and measuring image files."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from mmpose_lrfg.runtime.images import decode
from mmpose_lrfg.utils.errors import UserError

SUFFIXES = ('.bmp', '.jpeg', '.jpg', '.png', '.tif', '.tiff', '.webp')
ORIENTATION, TRANSPOSED = 0x0112, (5, 6, 7, 8)  # EXIF


def image_size(path: str | Path) -> tuple[int, int]:
    """Return width and height in pixels from the header, with the EXIF orientation applied.

    Raises:
        UserError: If it is not an image.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
            transposed = image.getexif().get(ORIENTATION) in TRANSPOSED
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(f'image {path} cannot be read: {error}') from error
    return (height, width) if transposed else (width, height)


def decoded_size(path: Path | None) -> tuple[tuple[int, int] | None, str]:
    """Return (width, height) of a decoded image, or None and the reason."""
    if path is None or not path.is_file():
        return None, 'there is no such file'
    image, reason = decode(path)
    return (None, reason) if image is None else ((image.shape[1], image.shape[0]), '')


def decoded_sizes(
    paths: Iterable[Path | None], workers: int | None = None
) -> Iterator[tuple[tuple[int, int] | None, str]]:
    """Yield :func:`decoded_size` of each path.

    Args:
        paths (Iterable[Path | None]): Image files.
        workers (int, optional): Number of threads (default: number of processors).
    """
    pool = ThreadPoolExecutor(workers or os.cpu_count() or 1)
    try:
        yield from pool.map(decoded_size, paths)
    finally:
        pool.shutdown(cancel_futures=True)  # also after Ctrl-C


def images_in(place: Path) -> list[Path]:
    """Return the images under a folder, or listed in a text file, one a line; sorted.

    Raises:
        UserError: If there are none.
    """
    try:
        if place.is_dir():
            found = [p for p in place.rglob('*') if p.suffix.lower() in SUFFIXES and p.is_file()]
        else:
            lines = [line.strip() for line in place.read_text(encoding='utf-8-sig').splitlines()]
            # './' is from the list's own folder.
            found = [place.parent / line for line in lines if line]
            for number, path in enumerate(found, 1):
                if not path.is_file():
                    raise UserError(f'{place}, line {number}: image {path} does not exist')
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f'{place} cannot be read: {error}') from error
    if not found:
        raise UserError(f'{place} has no images ({", ".join(SUFFIXES)})')
    return sorted(found)
