"""Cache of decoded images: a folder, usually in shared memory, with one file for each image."""

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path

import numpy as np

from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.utils.errors import UserError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

SHARED_MEMORY = '/dev/shm'
HEADER = 16  # bytes before the pixels: height, width, original height, original width; int32
UNITS = {'': 1, 'K': 2**10, 'M': 2**20, 'G': 2**30, 'T': 2**40}


def key_of(path: str | Path, side: int) -> str | None:
    """Return the key of an image file at a size; None if it is not a local file.

    The key depends on path, modification time and length, so a modified file has another key.
    """
    try:
        stat = os.stat(path)  # noqa: PTH116  twice as fast
    except (OSError, ValueError):
        return None
    name = f'{os.path.abspath(path)}\0{stat.st_mtime_ns}\0{stat.st_size}\0{side}'  # noqa: PTH100
    return hashlib.blake2b(name.encode('utf-8', 'surrogateescape'), digest_size=16).hexdigest()


class ImageCache:
    """A folder of decoded images that all processes of a machine read and fill.

    Nothing is added to a full cache, nothing is replaced. The file ``lock`` contains the number of
    bytes in use, and is locked by every process that uses the cache.

    Args:
        path (str | Path): The folder; created if it does not exist.
        capacity (int): Largest number of bytes.

    Raises:
        OSError: If the folder cannot be created or written.
    """

    def __init__(self, path: str | Path, capacity: int):
        self.path = Path(path)
        self.capacity = capacity
        while True:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Until it is locked, another process may remove the folder.
            with contextlib.suppress(FileNotFoundError):
                self.lock = (self.path / 'lock').open('a+b', buffering=0)
                fcntl.flock(self.lock, fcntl.LOCK_SH)
                if (self.path / 'lock').exists():
                    break

    def get(self, key: str) -> tuple[np.ndarray, tuple[int, int]] | None:
        """Return an image (H, W, 3) uint8 and its original height and width, or None."""
        try:
            data = np.fromfile(f'{self.path}/{key}', np.uint8)
            height, width, *original = data[:HEADER].view(np.int32).tolist()
            return data[HEADER:].reshape(height, width, 3), tuple(original)
        except (OSError, ValueError):  # no such file, or cut off by a crash
            return None

    def put(self, key: str, image: np.ndarray, original: tuple[int, int]) -> bool:
        """Add an image (H, W, 3) uint8; return False if it exists or the cache is full."""
        file = self.path / key
        header = np.array([*image.shape[:2], *original], np.int32).tobytes()
        try:
            if not self.path.exists() or file.exists():
                return False
            if not self._reserve(HEADER + image.nbytes):
                return False
            write_bytes(file, header + image.tobytes(), durable=False)
        except OSError:  # the disk is full
            self.capacity = 0
            return False
        return True

    def _reserve(self, size: int) -> bool:
        """Count the bytes of another image if there is room for it."""
        fcntl.lockf(self.lock, fcntl.LOCK_EX)
        try:
            self.lock.seek(0)
            used = int(self.lock.read() or 0) + size
            if used <= self.capacity:
                self.lock.truncate(0)
                self.lock.write(b'%d' % used)
            return used <= self.capacity
        finally:
            fcntl.lockf(self.lock, fcntl.LOCK_UN)

    def size(self) -> tuple[int, int]:
        """Return the number of images and their bytes."""
        images = [p for p in self.path.glob('[!.]*') if p.name != 'lock']
        sizes = [image.stat().st_size for image in images]
        return len(sizes), sum(sizes)

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.path, ignore_errors=True)


def remove_unused(folder: Path, prefix: str) -> None:
    """Delete the caches of killed processes: folders with this prefix that nobody has locked."""
    for path in folder.glob(f'{prefix}*'):
        # An error if it is in use, of another user, or removed.
        with contextlib.suppress(OSError), (path / 'lock').open('rb') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)


def memory_folder() -> Path:
    """Return the folder for temporary caches: shared memory, unless it is small, as in Docker."""
    usable = os.access(SHARED_MEMORY, os.W_OK) and shutil.disk_usage(SHARED_MEMORY).total > 2**30
    return Path(SHARED_MEMORY if usable else tempfile.gettempdir())


def parse_budget(budget: str | float) -> int | None:
    """Return the bytes of a budget such as ``'8G'``, ``'512 MB'`` or 1000; None for 'auto'."""
    text = str(budget).strip().upper()
    match = re.fullmatch(r'(\d+(?:\.\d*)?)\s*([KMGT]?)I?B?', text)
    if match:
        return int(float(match[1]) * UNITS[match[2]])
    if text != 'AUTO':
        raise UserError(f"image cache: budget must be 'auto', bytes, or like '8G', got {budget!r}")
    return None


def free_memory() -> int:
    """Return the available bytes of memory, within the limit of the container."""
    free = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES')
    with contextlib.suppress(OSError, ValueError, AttributeError):
        available = re.search(r'MemAvailable: *(\d+)', Path('/proc/meminfo').read_text())
        free = int(available[1]) * 1024
    for limit, used in (
        ('memory.max', 'memory.current'),
        ('memory/memory.limit_in_bytes', 'memory/memory.usage_in_bytes'),
    ):
        with contextlib.suppress(OSError, ValueError):  # no limit, or 'max'
            limit, used = (int(Path('/sys/fs/cgroup', f).read_text()) for f in (limit, used))
            free = min(free, limit - used)
    return max(free, 0)
