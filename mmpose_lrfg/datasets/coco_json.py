"""Reading COCO-style annotation files, with the types of all entries checked."""

import contextlib
import gc
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.json_files import explained, read_bytes

_Id = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class _Image(msgspec.Struct):
    id: _Id | None = None
    file_name: str | None = None
    width: int | None = None
    height: int | None = None


class _Annotation(msgspec.Struct):
    id: _Id | None = None
    image_id: _Id | None = None
    category_id: _Id | None = None
    bbox: list[float] | None = None
    keypoints: list[float] | None = None
    num_keypoints: int | None = None
    area: float | None = None
    iscrowd: bool | int | None = None


class _Category(msgspec.Struct):
    id: _Id
    name: str = ''
    keypoints: list[str] = []


class _File(msgspec.Struct):
    images: Annotated[list[_Image], msgspec.Meta(min_length=1)]
    annotations: list[_Annotation]
    categories: list[_Category] = []


#: Keys without which entries cannot refer to each other.
_NEEDED = {'images': ('id', 'file_name'), 'annotations': ('id', 'image_id')}


def read_coco(path: str | Path, strict: bool = True) -> dict:
    """Read an annotation file: ``images`` (at least one), ``annotations``, ``categories``.

    Args:
        path (str | Path): COCO-style JSON.
        strict (bool): Require ids, file names and finite numbers. If False, files are accepted
            that :mod:`.checks` can list errors of and repair.

    Returns:
        dict: The content as plain Python values.

    Raises:
        UserError: If it cannot be read, is not JSON (with line and column), or an entry is of a
            wrong type or lacks something (with its place in the file).
    """
    data = read_bytes(path)
    with explained(path, data, '; is it a file in COCO format?'), _without_collection():
        # Python's decoder accepts NaN.
        content = msgspec.json.decode(data) if strict else json.loads(data)
        msgspec.convert(content, type=_File)
    for part, keys in _NEEDED.items() if strict else ():
        for number, entry in enumerate(content[part]):
            missing = [key for key in keys if entry.get(key) is None]
            if missing:
                raise UserError(f'{path}: {part}[{number}]: missing {" and ".join(missing)}')
    content.setdefault('categories', [])
    return content


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Pause the garbage collector, which takes 3/4 of the time with millions of new lists."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
