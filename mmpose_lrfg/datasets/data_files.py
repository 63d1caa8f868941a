"""Paths of a dataset's files, and checks that they exist."""

import os
from pathlib import Path

from mmpose_lrfg.utils.errors import UserError, nearest


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

    The path can be appended to an output folder without leaving it. Symbolic links inside
    ``folder`` are not followed.

    Args:
        folder (str | Path): Folder that ``name`` is relative to.
        name (str): The file name; an absolute path must lie in ``folder``.
        where (str): Place of the name, for the message.

    Returns:
        str: Path relative to ``folder``, with forward slashes and without ``..``.

    Raises:
        UserError: If ``name`` is no file name or lies outside ``folder``.
    """
    if not isinstance(name, str) or not name or '\0' in name:
        raise UserError(f'{where} must be the name of a file in {folder}, got {name!r}')
    root, path = Path(os.path.abspath(folder)), Path(os.path.normpath(name))  # noqa: PTH100
    if path.is_absolute():
        # Either path may contain symbolic links.
        for base in (root, root.resolve()):
            for candidate in (path, path.parent.resolve() / path.name):
                if candidate != base and candidate.is_relative_to(base):
                    return candidate.relative_to(base).as_posix()
    elif path.parts and path.parts[0] != '..':
        return path.as_posix()
    raise UserError(f'{where} must be inside {folder}, got {name!r}')


def check_data_files(ann_file: str, img_folder: str, data_root: str | None = None) -> None:
    """Check that annotation file and image folder exist.

    Args:
        ann_file (str): Annotation file, already joined with the root.
        img_folder (str): Image folder, already joined with the root; '' is not checked.
        data_root (str, optional): The root, named in the message.

    Raises:
        UserError: If one is missing, with the expected layout.
    """
    for kind, path, exists in (
        ('data folder', data_root, Path.is_dir),
        ('annotation file', ann_file, Path.is_file),
        ('image folder', img_folder, Path.is_dir),
    ):
        if path and not is_remote(path) and not exists(Path(path)):
            folder = Path(path).parent
            similar = [p.name for p in folder.iterdir()] if folder.is_dir() else []
            raise UserError(
                f'{kind} {path} does not exist.{nearest(Path(path).name, similar)} (data_root is '
                f'{data_root or "not set"}; expected: ann_file {ann_file}, a COCO-style annotation '
                f'file, and data_prefix.img {img_folder}, the folder of its images)'
            )
