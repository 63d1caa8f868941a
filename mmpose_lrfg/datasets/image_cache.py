"""Cache of decoded images in one file that all processes of a machine map into memory."""

import contextlib
import hashlib
import mmap
import os
import re
import tempfile
import threading
from pathlib import Path

import numpy as np

from mmpose_lrfg.utils.errors import UserError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

AVAILABLE = fcntl is not None and hasattr(os, 'posix_fallocate')
MAGIC = 0x4C52464743414331  # changes with the layout of the file
PAGE = 4096
ALIGNMENT = 64
MEAN_BYTES = 24 * 1024  # of an image, assumed for the size of the table
MAX_ENTRIES = 2**20
MAX_LOAD = 0.8  # of the hash table
SLOTS = 256  # counters of hits, one for each process
SHARED_MEMORY = '/dev/shm'
PART_OF_MEMORY = 0.5  # of the free memory; the rest is for training
PART_OF_DISK = 0.9  # of the free space
UNITS = {'': 1, 'K': 2**10, 'M': 2**20, 'G': 2**30, 'T': 2**40}
HEADER = np.dtype(
    [('magic', 'u8'), ('entries', 'u8'), ('end', 'u8'), ('used', 'u8'), ('count', 'u8')]
)
ENTRY = np.dtype([('key', 'u8', 2), ('offset', 'u8'), ('shape', 'u4', 2), ('original', 'u4', 2)])
SLOT = np.dtype([('hits', 'u8'), ('misses', 'u8')])


def key_of(path: str, side: int) -> tuple[int, int] | None:
    """Return a 128-bit key of a file and a size; None if it is not a local file.

    The key depends on path, modification time and length, so a modified file has another key.
    """
    try:
        stat = os.stat(path)  # noqa: PTH116  twice as fast
    except (OSError, ValueError):
        return None
    where = path if str(path).startswith('/') else Path(path).absolute()
    name = f'{where}\0{stat.st_mtime_ns}\0{stat.st_size}\0{side}'
    digest = hashlib.blake2b(name.encode('utf-8', 'surrogateescape'), digest_size=16).digest()
    first, second = np.frombuffer(digest, np.uint64).tolist()
    return first or 1, second  # 0 marks a free entry


class ImageCache:
    """Images in a file of bounded size; nothing is added to a full cache, nothing is replaced.

    The file consists of a hash table and the pixels of one image after the other. Reading needs no
    lock; adding takes a file lock, which the system releases if the process dies.

    Args:
        path (str | Path): The file; created, or shared with other processes if it exists.
        capacity (int): Bytes of a new file, including the table.

    Raises:
        OSError: If the file cannot be created, for example on a full disk.
    """

    def __init__(self, path: str | Path, capacity: int):
        self.path = Path(path)
        self.mutex = threading.Lock()
        self.pid = self.slot = None
        self.fd = self._open()
        with self._locked():
            if os.fstat(self.fd).st_size == 0:
                self._make(capacity)
        self.map = mmap.mmap(self.fd, os.fstat(self.fd).st_size)
        self.header = np.frombuffer(self.map, HEADER, 1)[0:1]
        if self.header['magic'][0] != MAGIC:
            raise OSError(f'{path} is not an image cache of this version; remove it')
        self.slots = np.frombuffer(self.map, SLOT, SLOTS, PAGE)
        self.table = np.frombuffer(self.map, ENTRY, int(self.header['entries'][0]), 2 * PAGE)

    def _open(self) -> int:
        """Open the file with a shared lock, which marks it as in use."""
        while True:
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(fd, fcntl.LOCK_SH)
            # It may have been removed between the two calls.
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(fd), self.path.stat()):
                    return fd
            os.close(fd)

    def _make(self, capacity: int) -> None:
        entries = min(max(capacity // MEAN_BYTES, 16), MAX_ENTRIES)
        start = -(-(2 * PAGE + entries * ENTRY.itemsize) // PAGE) * PAGE
        try:
            # Table and counters are written through the map, where a full disk is fatal.
            os.posix_fallocate(self.fd, 0, start)
            os.truncate(self.fd, max(capacity, start))
        except OSError:
            os.truncate(self.fd, 0)
            raise
        header = np.array([(MAGIC, entries, max(capacity, start), start, 0)], HEADER)
        os.pwrite(self.fd, header.tobytes(), 0)

    @contextlib.contextmanager
    def _locked(self):
        # The file lock excludes other processes, the mutex other threads.
        with self.mutex:
            fcntl.lockf(self.fd, fcntl.LOCK_EX, 1)
            try:
                yield
            finally:
                fcntl.lockf(self.fd, fcntl.LOCK_UN, 1)

    def get(self, key: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int]] | None:
        """Return the image of a key, or None, and count a hit or a miss.

        Returns:
            tuple: Read-only view (H, W, 3) uint8 of the shared memory, and the original height and
            width of the image.
        """
        index = self._find(key)
        entry = self.table[index] if index is not None else None
        found = entry is not None and entry['key'][0] != 0
        self._counters()['hits' if found else 'misses'] += 1
        if not found:
            return None
        height, width = entry['shape'].tolist()
        pixels = np.frombuffer(self.map, np.uint8, height * width * 3, int(entry['offset']))
        pixels.flags.writeable = False
        return pixels.reshape(height, width, 3), tuple(entry['original'].tolist())

    def put(self, key: tuple[int, int], image: np.ndarray, original: tuple[int, int]) -> bool:
        """Add an image (H, W, 3) uint8; return False if it exists or the cache is full."""
        data = np.ascontiguousarray(image)
        with self._locked():
            index = self._find(key)
            if index is None or self.table[index]['key'][0] != 0:
                return False
            offset, end = int(self.header['used'][0]), int(self.header['end'][0])
            if offset + data.nbytes > end or self.count >= MAX_LOAD * len(self.table):
                return False
            try:
                self._write(data, offset)
            except OSError:  # full file system
                self.header['end'] = offset
                return False
            self.header['used'] = -(-(offset + data.nbytes) // ALIGNMENT) * ALIGNMENT
            self.header['count'] += 1
            entry = self.table[index : index + 1]
            entry['offset'], entry['shape'] = offset, data.shape[:2]
            entry['original'] = original
            entry['key'][0, 1] = key[1]
            entry['key'][0, 0] = key[0]  # last: makes the entry visible
        return True

    def _write(self, data: np.ndarray, offset: int) -> None:
        left = memoryview(data).cast('B')
        while left:
            done = os.pwrite(self.fd, left, offset)
            left, offset = left[done:], offset + done

    def _find(self, key: tuple[int, int]) -> int | None:
        """Return the index of the entry of a key or of a free entry; None in a full table."""
        size = len(self.table)
        for step in range(size):
            index = (key[0] + step) % size
            first, second = self.table['key'][index].tolist()
            if first == 0 or (first == key[0] and second == key[1]):
                return index
        return None

    def _counters(self):
        """Return the counters of this process, which need no lock."""
        if self.pid != os.getpid():
            self.pid = os.getpid()
            self.slot = self.pid % SLOTS
        return self.slots[self.slot]

    @property
    def count(self) -> int:
        """Number of images."""
        return int(self.header['count'][0])

    @property
    def used(self) -> int:
        """Bytes in use, including the table."""
        return int(self.header['used'][0])

    @property
    def capacity(self) -> int:
        """Largest number of bytes, including the table."""
        return int(self.header['end'][0])

    def counted(self) -> tuple[int, int]:
        """Return hits and misses of all processes since the file was created."""
        return int(self.slots['hits'].sum()), int(self.slots['misses'].sum())

    def remove(self) -> None:
        """Delete the file; processes that have it open keep their view."""
        self.path.unlink(missing_ok=True)


def remove_unused(folder: Path, prefix: str, but: Path) -> None:
    """Delete the caches of killed processes: files with this prefix that are not in use."""
    for path in folder.glob(f'{prefix}*'):
        if path == but:
            continue
        with contextlib.suppress(OSError):  # in use, of another user, or removed
            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            finally:
                os.close(fd)


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
