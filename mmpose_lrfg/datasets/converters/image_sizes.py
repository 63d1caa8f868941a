"""Widths and heights of many images, as they will be decoded."""

from pathlib import Path

from PIL import Image

from mmpose_lrfg.utils.errors import UserError

SUFFIXES = ('.bmp', '.jpeg', '.jpg', '.png', '.tif', '.tiff', '.webp')
ORIENTATION, ON_ITS_SIDE = 0x0112, (5, 6, 7, 8)


def size_of(path: Path) -> tuple[int, int]:
    """Width and height in pixels, after the turn that EXIF asks for, as OpenCV decodes it.

    Raises:
        UserError: If it is no image.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(ORIENTATION) in ON_ITS_SIDE
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(f'image {path} cannot be read: {error}') from error
    return (height, width) if turned else (width, height)


def images_in(place: Path) -> list[Path]:
    """Images under a folder, or listed in a text file, one a line; sorted.

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
