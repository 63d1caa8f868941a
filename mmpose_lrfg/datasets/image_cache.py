"""Cache of decoded images in memory that all processes of a machine share."""

import contextlib
import hashlib
import mmap
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mmpose_lrfg.utils.errors import UserError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

AVAILABLE = fcntl is not None
PAGE = 4096  # bytes; images begin at multiples of it
SHARED_MEMORY = '/dev/shm'
PART_OF_MEMORY = 0.5  # of the free memory; the rest is for training
PART_OF_DISK = 0.9  # of the free space
UNITS = {'': 1, 'K': 2**10, 'M': 2**20, 'G': 2**30, 'T': 2**40}


def key_of(path: str | Path, side: int) -> str | None:
    """Return the key of an image file at a size; None if it is not a local file.

    The key depends on path, modification time and length, so a modified file has another key.
    """
    try:
        stat = os.stat(path)  # noqa: PTH116  twice as fast
    except (OSError, ValueError):
        return None
    where = path if str(path).startswith('/') else Path(path).absolute()
    name = f'{where}\0{stat.st_mtime_ns}\0{stat.st_size}\0{side}'
    return hashlib.blake2b(name.encode('utf-8', 'surrogateescape'), digest_size=16).hexdigest()


class ImageCache:
    """Decoded images in one file that all processes map into memory, usually in shared memory.

    A folder contains the file with the pixels, a symbolic link for each image, whose target is the
    place and shape of its pixels, and counters, which are the lengths of files. Nothing is added to
    a full cache, nothing is replaced. Only adding needs a lock.

    Args:
        path (str | Path): The folder; created, or shared with other processes if it exists.
        capacity (int): Largest number of bytes of a new cache.

    Raises:
        OSError: If the folder cannot be created or written.
    """

    def __init__(self, path: str | Path, capacity: int):
        self.path = Path(path)
        self.mutex = threading.Lock()
        self.lock = self._open()
        self.images = f'{self.path}/images'
        os.makedirs(self.images, exist_ok=True)  # noqa: PTH103
        self.counters = {
            name: os.open(self.path / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC)
            for name in ('hits', 'misses', 'pages')
        }
        self.pixels = os.open(self.path / 'pixels', os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with self._locked():
            self.capacity = os.fstat(self.pixels).st_size
            if self.capacity == 0:
                self.capacity = max(capacity // PAGE, 1) * PAGE
                os.truncate(self.pixels, self.capacity)
        self.map = mmap.mmap(self.pixels, self.capacity, access=mmap.ACCESS_READ)
        self.full = False

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        # The file lock excludes other processes, the mutex other threads.
        with self.mutex:
            fcntl.lockf(self.pixels, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self.pixels, fcntl.LOCK_UN)

    def _open(self) -> int:
        """Lock the folder, which marks it as in use."""
        while True:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Another process may remove the folder at any time before it is locked.
            with contextlib.suppress(FileNotFoundError):
                lock = os.open(self.path / 'lock', os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                fcntl.flock(lock, fcntl.LOCK_SH)
                if os.path.samestat(os.fstat(lock), (self.path / 'lock').stat()):
                    return lock
                os.close(lock)

    def get(self, key: str) -> tuple[np.ndarray, tuple[int, int]] | None:
        """Return the image of a key, or None, and count a hit or a miss.

        Returns:
            tuple: Read-only view (H, W, 3) uint8 of the shared memory, and the original height and
            width of the image.
        """
        try:
            place = os.readlink(f'{self.images}/{key}')  # noqa: PTH115  twice as fast
        except OSError:
            self._add('misses')
            return None
        self._add('hits')
        start, height, width, *original = map(int, place.split())
        pixels = np.frombuffer(self.map, np.uint8, height * width * 3, start)
        return pixels.reshape(height, width, 3), tuple(original)

    def put(self, key: str, image: np.ndarray, original: tuple[int, int]) -> bool:
        """Add an image (H, W, 3) uint8; return False if it exists or the cache is full."""
        pages = -(-image.nbytes // PAGE)
        with self._locked():
            start = self.used
            if os.path.lexists(f'{self.images}/{key}'):
                return False
            if self.full or start + pages * PAGE > self.capacity:
                return False
            try:
                data = np.ascontiguousarray(image)
                if os.pwrite(self.pixels, data, start) < data.nbytes:
                    raise OSError('the file system is full')
                os.write(self.counters['pages'], b'.' * pages)
                os.symlink(  # noqa: PTH211
                    ' '.join(map(str, (start, *image.shape[:2], *original))),
                    f'{self.images}/{key}',
                )
            except OSError:  # the file system is full, or the cache was removed
                self.full = True
        return not self.full

    def _add(self, counter: str) -> None:
        with contextlib.suppress(OSError):  # the file system is full
            os.write(self.counters[counter], b'.')

    def _count(self, counter: str) -> int:
        return os.fstat(self.counters[counter]).st_size

    @property
    def count(self) -> int:
        """Number of images."""
        return sum(1 for _ in Path(self.images).iterdir())

    @property
    def used(self) -> int:
        """Bytes in use."""
        return self._count('pages') * PAGE

    def counted(self) -> tuple[int, int]:
        """Return hits and misses of all processes since the cache was created."""
        return self._count('hits'), self._count('misses')

    def remove(self) -> None:
        """Delete the folder; processes that have it open keep their view."""
        shutil.rmtree(self.path, ignore_errors=True)


def remove_unused(folder: Path, prefix: str, but: Path) -> None:
    """Delete the caches of killed processes: folders with this prefix that are not in use."""
    for path in folder.glob(f'{prefix}*'):
        if path == but:
            continue
        with contextlib.suppress(OSError):  # in use, of another user, or removed
            lock = os.open(path / 'lock', os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)


def free_memory() -> int:
    """Return the available bytes of memory, within the limit of the container."""
    try:
        lines = Path('/proc/meminfo').read_text().splitlines()
        values = dict(line.split(':', 1) for line in lines)
        free = int(values['MemAvailable'].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        free = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') // 2
    for limit, used in (
        ('/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory.current'),
        (
            '/sys/fs/cgroup/memory/memory.limit_in_bytes',
            '/sys/fs/cgroup/memory/memory.usage_in_bytes',
        ),
    ):
        try:
            free = min(free, int(Path(limit).read_text()) - int(Path(used).read_text()))
        except (OSError, ValueError):  # no limit, or 'max'
            continue
    return max(free, 0)


def parse_budget(budget: str | int | float) -> int | None:
    """Return the bytes of a budget such as ``'8G'``, ``'512 MB'`` or a number; None for 'auto'.

    Raises:
        UserError: If it is none of these.
    """
    if isinstance(budget, (int, float)) and budget >= 0:
        return int(budget)
    text = str(budget).strip().upper()
    if text == 'AUTO':
        return None
    match = re.fullmatch(r'(\d+(?:\.\d*)?)\s*([KMGT]?)I?B?', text)
    if not match:
        raise UserError(
            f"budget of the image cache must be 'auto', bytes, or like '8G', got {budget!r}"
        )
    return int(float(match[1]) * UNITS[match[2]])


def place_and_bytes(budget: str | int | float, directory: str | None) -> tuple[Path, int]:
    """Choose the folder and the size of a cache.

    Shared memory is used if it is large enough, or else the folder for temporary files.

    Args:
        budget (str | int | float): See :func:`parse_budget`; 'auto' is half of the free memory.
        directory (str, optional): Folder for a permanent cache.

    Returns:
        tuple[Path, int]: Folder and bytes.
    """
    wanted = parse_budget(budget)
    if directory is not None:
        folder = Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        room = _room(folder)  # here the disk is the limit, not the memory
        return folder, room if wanted is None else min(wanted, room)
    if wanted is None:
        wanted = int(free_memory() * PART_OF_MEMORY)
    found = places()
    folder = next((f for f in found if _room(f) >= wanted), None) or max(found, key=_room)
    return folder, min(wanted, _room(folder))


def places() -> list[Path]:
    """Return the folders for temporary caches, best first."""
    both = [Path(SHARED_MEMORY), Path(tempfile.gettempdir())]
    return [folder for folder in both if os.access(folder, os.W_OK)]


def _room(folder: Path) -> int:
    stats = os.statvfs(folder)
    return int(stats.f_bavail * stats.f_frsize * PART_OF_DISK)
