"""JSON files, checked against msgspec types; errors are one sentence with the place in the file."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from .errors import UserError


def read_json(path: str | Path, kind: Any = Any) -> Any:
    """Read a JSON file.

    Args:
        path (str | Path): The file.
        kind (type): Expected type of the content, as msgspec checks it.

    Returns:
        The content as plain Python values.

    Raises:
        UserError: If it cannot be read, is not JSON, is nested too deep or of another type.
    """
    data = read_bytes(path)
    with explained(path, data):
        msgspec.json.decode(data, type=kind)
        return msgspec.json.decode(data)


def read_bytes(path: str | Path) -> bytes:
    """Read a file.

    Raises:
        UserError: If it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UserError(f'{path} cannot be read: {error.strerror}') from error


@contextlib.contextmanager
def explained(path: str | Path, data: bytes, hint: str = '') -> Iterator[None]:
    """Turn the errors of decoding ``data`` into a UserError.

    Args:
        path (str | Path): The file, named in the message.
        data (bytes): Its content, for line and column.
        hint (str): Added if the whole content is of another type.
    """
    try:
        yield
    except msgspec.ValidationError as error:
        what = sentence(error)
        entry = '[' in what.partition(':')[0]
        raise UserError(f'{path}: {what}{"" if entry else hint}') from error
    except json.JSONDecodeError as error:
        raise UserError(f'{path} is not JSON: {error}') from error
    except msgspec.DecodeError as error:
        raise UserError(f'{path} is not JSON: {_reason(data) or error}') from error
    except UnicodeDecodeError as error:
        raise UserError(f'{path} is not UTF-8 text: {error}') from error
    except RecursionError as error:
        raise UserError(f'{path} is not JSON, or nested too deep: {error}') from error


def sentence(error: msgspec.ValidationError) -> str:
    """Convert msgspec's "Expected `int`, got `str` - at `$.images[3].id`": the place first."""
    what, _, place = str(error).replace('`', '').partition(' - at ')
    place = place.replace('$.', '').removeprefix('$')
    what = what.replace('Object missing required field', 'missing')
    what = what[0].lower() + what[1:]
    return f'{place}: {what}' if place else what


def _reason(data: bytes) -> str:
    """Return what Python's decoder, which names line and column, finds wrong in JSON."""
    try:
        json.loads(data)
    except (ValueError, RecursionError) as error:
        return str(error)
    return ''  # it accepts NaN
