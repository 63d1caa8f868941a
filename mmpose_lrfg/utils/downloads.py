"""Downloads with limits of size and time, and a cache for checkpoints."""

import base64
import contextlib
import hashlib
import http.client
import os
import re
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

from .errors import UserError

LIMIT_VARIABLE = 'LRFG_MAX_DOWNLOAD_MB'
UNPACKED_VARIABLE = 'LRFG_MAX_UNPACKED_MB'
MAX_MEGABYTES = 4096
TIMEOUT = 30
"""Seconds until the first byte, and between two of them."""

# Names of published checkpoints end in the first digits of their SHA-256: NAME-HASH.pth (torch.hub)
# or NAME-HASH_DATE.pth (OpenMMLab). Digits alone are a date.
_NAMED_HASH = re.compile(r'-(?=\d*[a-f])([0-9a-f]{8,64})(?:_\d{8})?\.\w+$')
_GIVEN_HASH = re.compile('sha256=([0-9a-f]{8,64})')
_USER = re.compile(r'(?<=://)([^/@]*)@')


def is_web_address(name: str) -> bool:
    """Whether ``name`` is an http or https address."""
    return name.lower().startswith(('http://', 'https://'))


def public(address: str) -> str:
    """Return ``address`` without user name and password, for messages."""
    return _USER.sub('', address)


def cached_checkpoint(address: str, folder: str | os.PathLike | None = None) -> Path:
    """Return the local copy of the checkpoint at ``address``; download it if there is none.

    Args:
        address (str): http or https. ``#sha256=HEX`` at its end, or the hash in the file's name
            (``NAME-1a2b3c4d.pth``), is compared with the content.
        folder (str | PathLike, optional): The cache. Defaults to torch's (``TORCH_HOME``).

    Raises:
        UserError: If it cannot be downloaded, is too large, or has another checksum.
    """
    import torch
    from filelock import FileLock

    bare, _, fragment = address.partition('#')
    given, named = _GIVEN_HASH.fullmatch(fragment.lower()), _NAMED_HASH.search(bare.lower())
    if fragment and not given:
        raise UserError(
            f'{public(address)}: expected #sha256= and 8 to 64 hexadecimal digits, got #{fragment}'
        )
    checksum = (given or named)[1] if given or named else ''
    name = re.sub(r'[^\w.-]', '_', bare.partition('?')[0].rpartition('/')[2])[-100:].lstrip('.')
    # Files of other addresses may have the same name.
    folder = Path(folder or Path(torch.hub.get_dir(), 'checkpoints'))
    path = folder / hashlib.sha256(bare.encode()).hexdigest()[:16] / (name or 'checkpoint.pth')

    def is_there() -> bool:
        return path.is_file() and (not checksum or sha256_of(path).startswith(checksum))

    if not is_there():
        path.parent.mkdir(parents=True, exist_ok=True)
        # One process of a training downloads, the others wait for it.
        with FileLock(path.with_name(f'{path.name}.lock')):
            if not is_there():
                download(bare, path, checksum=checksum)
    return path


def download(address: str, path: Path, limit: int | None = None, checksum: str = '') -> None:
    """Download a file to ``path``, which is replaced once all of it is there.

    Args:
        address (str): http or https, with ``USER:PASSWORD@`` if the server requires it.
        path (Path): The file to write.
        limit (int, optional): Largest size in bytes (default: ``LRFG_MAX_DOWNLOAD_MB``, 4096 MB).
        checksum (str): First hexadecimal digits of its SHA-256.

    Raises:
        UserError: If the server cannot be reached, refuses or breaks off, or the file is too large
            or has another checksum.
    """
    # Imported here because the runtime imports OpenCV.
    from mmpose_lrfg.runtime.files import replacing

    shown = public(address)
    how = 'download it yourself' if limit else f'set {LIMIT_VARIABLE} to allow more'
    limit = limit or _size_limit(LIMIT_VARIABLE)
    with _network_errors(shown):
        request = urllib.request.Request(shown, headers={'User-Agent': 'mmpose_lrfg'})
        if user := _USER.search(address):
            secret = base64.b64encode(unquote_to_bytes(user[1])).decode()
            # Not sent to a server that this one redirects to.
            request.add_unredirected_header('Authorization', f'Basic {secret}')
        response = urllib.request.urlopen(request, timeout=TIMEOUT)
    print(f'downloading {shown}', file=sys.stderr)
    length, block = response.length or 0, True
    with response, replacing(path, durable=False) as part:
        with part.open('wb') as file:
            while block:
                with _network_errors(shown):
                    block = response.read(2**20)
                file.write(block)
                if max(length, file.tell()) > limit:
                    raise UserError(f'{shown} is larger than {limit / 1e6:g} MB; {how}')
        received, found = part.stat().st_size, sha256_of(part)
        if received < length:
            raise UserError(f'{shown} broke off after {received} of {length} bytes; try again')
        if not found.startswith(checksum):
            raise UserError(f'{shown} has the SHA-256 {found}, but {checksum} is expected')


@contextlib.contextmanager
def _network_errors(shown: str) -> Iterator[None]:
    """Raise a :class:`UserError` in place of the errors of a request."""
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as error:
        code = f'{error.code} ' if isinstance(error, urllib.error.HTTPError) else ''
        reason = getattr(error, 'reason', None) or error
        raise UserError(f'{shown} cannot be downloaded: {code}{reason}') from error


def check_unpacked(path: str | Path) -> None:
    """Check the size to which a zip archive (.npz, .pth) unpacks.

    Args:
        path (str | Path): The file; one that is no zip archive passes.

    Raises:
        UserError: If it unpacks to more than ``LRFG_MAX_UNPACKED_MB`` and to more than its size.
    """
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(each.file_size for each in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, RecursionError):  # reported by its reader
        return
    # torch.save does not compress: a large network may exceed the limit.
    if unpacked > max(_size_limit(UNPACKED_VARIABLE), Path(path).stat().st_size):
        raise UserError(
            f'{path} unpacks to {unpacked / 1e6:.0f} MB; set {UNPACKED_VARIABLE} to allow more'
        )


def sha256_of(path: Path) -> str:
    """Return the checksum of a file, as ``sha256sum`` prints it."""
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


def _size_limit(variable: str) -> int:
    """Return the most bytes of a download or archive."""
    text = os.environ.get(variable, str(MAX_MEGABYTES))
    with contextlib.suppress(ValueError):
        if 0 < float(text) < 1e9:
            return int(float(text) * 1e6)
    raise UserError(f'{variable} must be a number of megabytes > 0, got {text!r}')
