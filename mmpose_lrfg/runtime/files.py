"""Atomic writing: a file is complete, or what was there before stays."""

import contextlib
import errno
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Error numbers of a full disk or quota."""


def disk_full(folder: str | Path) -> bool:
    """Return whether the disk of ``folder`` is full, for libraries that report no reason."""
    disk = os.statvfs(folder)
    return disk.f_blocks > 0 and disk.f_bavail == 0


def full_disk_error(path: str | Path) -> OSError:
    """Return the error of writing ``path`` to a full disk."""
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


@contextlib.contextmanager
def replacing(path: str | Path, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary file beside ``path`` that replaces it at the end of the block.

    If the block raises, the temporary file is removed and ``path`` stays as it was. Missing
    folders are created. A device or pipe, such as ``/dev/stdout``, is yielded itself.

    Args:
        path (str | Path): The file to write.
        durable (bool): Wait until the content is on the disk, a few milliseconds per file.

    Raises:
        OSError: If it cannot be written; its ``filename`` is ``path``.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    # Some writers choose the format by the suffix; a name has 255 bytes at most.
    temporary = path.with_name(f'.{path.stem[:32]}-{secrets.token_hex(4)}{path.suffix}')
    try:
        if path.exists() and not path.is_file():
            yield path
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        if durable:
            with temporary.open('rb') as file:
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        # The error of write() has no file name, that of shutil.copy() the one of the source.
        if error.errno in FULL or error.filename in (None, str(temporary), temporary):
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def write_bytes(path: str | Path, content, durable: bool = True) -> None:
    """Write bytes, or any buffer, with :func:`replacing`."""
    with replacing(path, durable) as temporary:
        temporary.write_bytes(content)


def write_json(path: str | Path, content) -> None:
    """Write ``content`` as JSON with :func:`replacing`."""
    write_bytes(path, json.dumps(content).encode())
