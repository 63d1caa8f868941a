"""The files of a data set: paths, and finding and measuring images."""

import os
from pathlib import Path

from PIL import Image

from mmpose_lrfg.utils.errors import UserError, nearest

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


def is_remote(path: str) -> bool:
    """Return whether ``path`` belongs to a storage backend and is no local path."""
    return '://' in str(path) or str(path).startswith(('s3:', 'petrel:'))


def joined(data_root: str | None, path: str | None) -> str:
    """Join ``data_root`` and ``path`` by the rules of mmengine's ``BaseDataset``."""
    path, data_root = path or '', data_root or ''
    if not data_root or is_remote(path) or Path(path).is_absolute():
        return path or data_root
    return os.path.join(data_root, path)  # noqa: PTH118  pathlib breaks 's3://'


def name_inside(folder: str | Path, name: str, where: str) -> str:
    """Resolve a file name from an untrusted file to a path relative to ``folder``.

    The path can be appended to an output folder without leaving it.

    Args:
        folder (str | Path): Folder that ``name`` is relative to.
        name (str): The file name; an absolute path must lie in ``folder``.
        where (str): Place of the name, for the message.

    Raises:
        UserError: If ``name`` is no file name or lies outside ``folder``.
    """
    if isinstance(name, str) and name and '\0' not in name:
        root = os.path.abspath(folder)  # noqa: PTH100
        path = Path(os.path.normpath(Path(root, name)))
        if path.is_relative_to(root) and path != Path(root):
            return path.relative_to(root).as_posix()
    raise UserError(f'{where} must be the name of a file inside {folder}, got {name!r}')


def check_data_files(ann_file: str, img_folder: str, data_root: str | None = None) -> None:
    """Check that annotation file and image folder exist; '' is not checked.

    Args:
        ann_file, img_folder (str): Already joined with the root.
        data_root (str, optional): The root, named in the message.

    Raises:
        UserError: If one is missing, with the expected layout.
    """
    for kind, place, exists in (
        ('data folder', data_root, Path.is_dir),
        ('annotation file', ann_file, Path.is_file),
        ('image folder', img_folder, Path.is_dir),
    ):
        path = Path(place or '')
        if place and not is_remote(place) and not exists(path):
            hint = nearest(path.name, (each.name for each in path.parent.glob('*')))
            raise UserError(
                f'{kind} {place} does not exist.{hint} (data_root is {data_root or "not set"}; '
                f'expected: ann_file {ann_file}, a COCO-style annotation file, and data_prefix.img '
                f'{img_folder}, the folder of its images)'
            )
