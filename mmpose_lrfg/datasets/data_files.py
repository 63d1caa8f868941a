"""Paths of a dataset's files, and checks that they exist."""

import os
from pathlib import Path

from mmpose_lrfg.utils.errors import UserError, nearest

LAYOUT = (
    'expected: the COCO-style annotation file (ann_file) and the folder with its images '
    '(data_prefix.img), both relative to data_root'
)


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
    if data_root and not is_remote(data_root) and not Path(data_root).is_dir():
        raise UserError(
            f'data folder {data_root} does not exist.{_similar(data_root)} It should hold '
            f'{_inside(ann_file, data_root)} and {_inside(img_folder, data_root)} ({LAYOUT})'
        )
    root = f'data_root is {data_root}' if data_root else 'data_root is not set'
    for kind, path, exists in (
        ('annotation file', ann_file, Path.is_file),
        ('image folder', img_folder, Path.is_dir),
    ):
        if path and not is_remote(path) and not exists(Path(path)):
            raise UserError(f'{kind} {path} does not exist.{_similar(path)} ({root}; {LAYOUT})')


def _inside(path: str, root: str) -> str:
    path = Path(path)
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _similar(path: str) -> str:
    """Return ' Did you mean X?' with the most similar name in the same folder."""
    target = Path(path)
    parent = target.parent
    return nearest(target.name, [p.name for p in parent.iterdir()]) if parent.is_dir() else ''
