"""Reads COCO-style annotations and results; whatever is of a wrong type ends in one sentence."""

import contextlib
import gc
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec

from mmpose_lrfg.utils.errors import UserError

_Id = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class _Image(msgspec.Struct):
    id: _Id | None = None
    file_name: str | None = None
    width: int | None = None
    height: int | None = None


class _Annotation(msgspec.Struct):
    id: _Id | None = None
    image_id: _Id | None = None
    category_id: _Id = 1
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


COCO_HINT = '; is it a file in COCO format?'
#: Keys without which entries cannot refer to each other.
_NEEDED = {'images': ('id', 'file_name'), 'annotations': ('id', 'image_id')}


def read_coco(path: str | Path, complete: bool = True) -> dict:
    """Content of an annotation file: ``images`` (at least one), ``annotations``, ``categories``.

    Args:
        path (str | Path): COCO-style JSON.
        complete (bool): Every entry needs its ids and its file name, and numbers are finite. If
            False, what :mod:`.doctor` can repair is accepted.

    Raises:
        UserError: If it cannot be read, is not JSON (with line and column), or an entry is of a
            wrong type or lacks something (with its place in the file).
    """
    data = _read(path)
    with _explained(path, data, COCO_HINT), _without_collection():
        if complete:
            _check_complete(path, msgspec.json.decode(data, type=_File))
            content = msgspec.json.decode(data)
        else:
            content = json.loads(data)  # which takes NaN
            msgspec.convert(content, type=_File)
    content.setdefault('categories', [])
    return content


def read_json(path: str | Path, kind: Any = Any) -> Any:
    """Content of a JSON file.

    Args:
        path (str | Path): The file.
        kind (type): What it holds, as msgspec checks it; the content comes back as plain data.

    Raises:
        UserError: If it cannot be read, is no JSON, is nested too deep or of another kind.
    """
    data = _read(path)
    with _explained(path, data):
        msgspec.json.decode(data, type=kind)
        return msgspec.json.decode(data)


def check_coco(path: str | Path) -> None:
    """Check the types of all entries of an annotation file that something else will read.

    Raises:
        UserError: As for :func:`read_coco`.
    """
    data = _read(path)
    with _explained(path, data, COCO_HINT), _without_collection():
        _check_complete(path, msgspec.json.decode(data, type=_File))


def _check_complete(path: str | Path, file: _File) -> None:
    for part, keys in _NEEDED.items():
        for number, entry in enumerate(getattr(file, part)):
            lacks = [key for key in keys if getattr(entry, key) is None]
            if lacks:
                where = f'{path}: {part}[{number}]'
                raise UserError(f'{where}: missing {" and ".join(lacks)}')


@contextlib.contextmanager
def _explained(path: str | Path, data: bytes, hint: str = '') -> Iterator[None]:
    """Raise a UserError where the data is no JSON or of another kind; the hint is for the whole."""
    try:
        yield
    except msgspec.ValidationError as error:
        what = sentence(error)
        entry = '[' in what.partition(':')[0]
        raise UserError(f'{path}: {what}{"" if entry else hint}') from error
    except (msgspec.DecodeError, json.JSONDecodeError) as error:
        what = _place(data, error)
        raise UserError(f'{path} is not JSON: {what}') from error
    except UnicodeDecodeError as error:
        raise UserError(f'{path} is not UTF-8 text: {error}') from error
    except RecursionError as error:
        raise UserError(f'{path} is not JSON, or nested too deep: {error}') from error


def _read(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UserError(f'{path} cannot be read: {error.strerror}') from error


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Millions of new lists would start the garbage collector over and over: 4 times the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def sentence(error: msgspec.ValidationError) -> str:
    """msgspec's "Expected `int`, got `str` - at `$.images[3].id`", with the place first."""
    what, _, place = str(error).partition(' - at ')
    place = place.replace('`', '').replace('$.', '').removeprefix('$')
    what = what.replace('`', '').replace('Object missing required field', 'missing')
    what = what[0].lower() + what[1:]
    return f'{place}: {what}' if place else what


def _place(data: bytes, error: ValueError) -> str:
    """What is wrong with JSON, with line and column."""
    if isinstance(error, json.JSONDecodeError):
        return str(error)
    message, _, place = str(error).partition(' (byte ')
    position = int(place.rstrip(')')) if place else len(data)
    message = message.removeprefix('JSON is malformed: ')
    if data[position:].lstrip(b'-').startswith((b'NaN', b'Infinity')):
        message = 'NaN and Infinity are no JSON numbers'
    start = data.rfind(b'\n', 0, position) + 1
    return f'{message}, line {data.count(10, 0, position) + 1}, column {position - start + 1}'
