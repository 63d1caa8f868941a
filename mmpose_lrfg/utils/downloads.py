"""Downloads with a limit of size and a lowest speed, and a cache for checkpoints."""

import base64
import hashlib
import http.client
import os
import re
import ssl
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote_to_bytes

from .errors import UserError

LIMIT_VARIABLE = 'LRFG_MAX_DOWNLOAD_MB'
UNPACKED_VARIABLE = 'LRFG_MAX_UNPACKED_MB'
MAX_MEGABYTES = 4096
#: Seconds until the first byte, and between two of them.
TIMEOUT = 30
#: Bytes a second on average, after the first TIMEOUT seconds.
LOWEST_SPEED = 10_000

# The name of a published checkpoint ends in the first digits of its SHA-256, as torch.hub
# (NAME-HASH.pth) and OpenMMLab (NAME-HASH_DATE.pth) write it. Digits alone are a date.
_NAMED_HASH = re.compile(r'-(?=\d*[a-f])([0-9a-f]{8,64})(?:_\d{8})?\.\w+$')

_USER = re.compile(r'(?<=://)([^/@]*)@')


def is_web_address(name: str) -> bool:
    """Whether ``name`` is an http or https address."""
    return name.lower().startswith(('http://', 'https://'))


def public(address: str) -> str:
    """Return ``address`` without user name and password, for messages."""
    return _USER.sub('', address)


def size_limit(variable: str = LIMIT_VARIABLE) -> int:
    """Return the most bytes of a download or archive: ``variable`` in MB, by default 4096 MB.

    Raises:
        UserError: The variable is not a positive number.
    """
    text = os.environ.get(variable, str(MAX_MEGABYTES))
    try:
        megabytes = float(text)
    except ValueError:
        megabytes = 0
    if not 0 < megabytes < 1e9:
        raise UserError(f'{variable} must be a number of megabytes > 0, got {text!r}')
    return int(megabytes * 1e6)


def cached_checkpoint(address: str, folder: str | os.PathLike | None = None) -> Path:
    """Return the local copy of the checkpoint at ``address``, downloading it where it is outdated.

    A copy is kept for every address, and replaced when the server has a newer file. A copy whose
    checksum is known is not asked for again.

    Args:
        address (str): http or https; ``#sha256=HEX`` at its end, or the hash in the file's name
            (``NAME-1a2b3c4d.pth``), is compared with the content.
        folder (str | PathLike, optional): The cache. Defaults to torch's (``TORCH_HOME``).

    Raises:
        UserError: If it cannot be downloaded, is too large, or has another checksum.
    """
    import torch
    from filelock import FileLock

    bare, _, fragment = address.partition('#')
    name = bare.partition('?')[0].rpartition('/')[2]
    name = re.sub(r'[^\w.-]', '_', name)[-100:].lstrip('.')
    folder = Path(folder or Path(torch.hub.get_dir(), 'checkpoints'))
    checksum = _given_checksum(fragment, address)
    if checksum is None and (named := _NAMED_HASH.search(name.lower())):
        checksum = named[1]  # where torch.hub keeps it, too
    else:
        # Files of other addresses may have the same name.
        folder /= hashlib.sha256(bare.encode()).hexdigest()[:16]
    path = folder / (name or 'checkpoint.pth')

    def verified() -> bool:
        return checksum is not None and path.is_file() and sha256_of(path).startswith(checksum)

    if not verified():
        folder.mkdir(parents=True, exist_ok=True)
        # One process of a training downloads, the others wait for it.
        with FileLock(path.with_name(f'{path.name}.lock')):
            if not verified():
                download(bare, path, checksum=checksum)
    return path


def download(
    address: str, path: Path, limit: int | None = None, checksum: str | None = None
) -> None:
    """Download a file to ``path``, which is replaced once all of it is there.

    If ``path`` exists, it stays as it is where the server has no newer file.

    Args:
        address (str): http or https, with ``USER:PASSWORD@`` where the server asks for it.
        path (Path): The file to write.
        limit (int, optional): Largest size in bytes; by default :func:`size_limit`.
        checksum (str, optional): First hexadecimal digits of its SHA-256.

    Raises:
        UserError: If the server cannot be reached, refuses, is too slow or breaks off, or the file
            is too large or has another checksum.
    """
    shown = public(address)
    how = (
        'download it yourself and give its path' if limit else f'set {LIMIT_VARIABLE} to allow more'
    )
    limit = limit or size_limit()
    too_large = UserError(f'{shown} is larger than {limit / 1e6:g} MB; {how}')
    headers = {'User-Agent': 'mmpose_lrfg'}
    if path.is_file() and checksum is None:
        headers['If-Modified-Since'] = formatdate(path.stat().st_mtime, usegmt=True)
    part = None
    try:
        request = urllib.request.Request(shown, headers=headers)
        if user := _USER.search(address):
            secret = base64.b64encode(unquote_to_bytes(user[1])).decode()
            # For this server alone, not for one that it redirects to.
            request.add_unredirected_header('Authorization', f'Basic {secret}')
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            print(f'downloading {shown}', file=sys.stderr)
            with tempfile.NamedTemporaryFile(dir=path.parent, suffix='.part', delete=False) as file:
                part = Path(file.name)
                digest = _copy(response, file, limit, too_large, shown)
            modified = _modified(response)
        if checksum and not digest.startswith(checksum):
            raise UserError(f'{shown} has the SHA-256 {digest}, but {checksum} is expected')
        if modified:
            os.utime(part, (modified, modified))
        part.replace(path)
    except urllib.error.HTTPError as error:
        if error.code == 304:  # not modified
            return
        raise UserError(f'{shown} cannot be downloaded: {error.code} {error.reason}') from error
    except (
        urllib.error.URLError, TimeoutError, ConnectionError, ssl.SSLError,
        http.client.HTTPException, ValueError,
    ) as error:  # fmt: skip
        reason = getattr(error, 'reason', None) or error
        raise UserError(f'{shown} cannot be downloaded: {reason}') from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def check_unpacked(path: str | Path) -> None:
    """Check how large a zip archive (.npz, .pth) gets when it is read.

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
    except (zipfile.BadZipFile, NotImplementedError, RecursionError):  # its reader reports that
        return
    # What torch.save writes is not compressed: a large network is no bomb.
    if unpacked > max(size_limit(UNPACKED_VARIABLE), Path(path).stat().st_size):
        raise UserError(
            f'{path} unpacks to {unpacked / 1e6:.0f} MB; set {UNPACKED_VARIABLE} to allow more'
        )


def _copy(response, file, limit: int, too_large: UserError, shown: str) -> str:
    """Copy the body of a response into ``file``; return its SHA-256."""
    length = response.headers.get('Content-Length')
    if length and int(length) > limit:
        raise too_large
    digest, received, start = hashlib.sha256(), 0, time.monotonic()
    # read1 returns what is there: read would wait for a whole block, however slow they come.
    while block := response.read1(2**20):
        digest.update(block)
        file.write(block)
        received += len(block)
        if received > limit:
            raise too_large
        if time.monotonic() - start > TIMEOUT + received / LOWEST_SPEED:
            raise UserError(f'{shown} comes at less than {LOWEST_SPEED / 1000:g} kB/s; given up')
    if length and received != int(length):
        raise UserError(f'{shown} broke off after {received} of {length} bytes; try again')
    return digest.hexdigest()


def _modified(response) -> float | None:
    """When the file was changed on the server, in seconds since 1970."""
    try:
        return parsedate_to_datetime(response.headers['Last-Modified']).timestamp()
    except (TypeError, ValueError):
        return None


def _given_checksum(fragment: str, address: str) -> str | None:
    """The checksum that the end of an address gives."""
    if not fragment:
        return None
    kind, _, value = fragment.lower().partition('=')
    if kind != 'sha256' or not re.fullmatch('[0-9a-f]{8,64}', value):
        raise UserError(
            f'{public(address)}: expected #sha256= and 8 to 64 hexadecimal digits, got #{fragment}'
        )
    return value


def sha256_of(path: Path) -> str:
    """Checksum of a file, as ``sha256sum`` prints it."""
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()
