"""Decoded images in one file that all processes of a machine map into their memory."""

import contextlib
import hashlib
import mmap
import os
import threading
from pathlib import Path

import numpy as np

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

AVAILABLE = fcntl is not None and hasattr(os, 'posix_fallocate')
MAGIC = 0x4C52464743414331  # changes with the layout of the file
PAGE = 4096
ALIGNMENT = 64
BYTES_AN_ENTRY = 24 * 1024  # of image, assumed when choosing how many images there may be
MOST_ENTRIES = 2**20
SLOTS = 256  # of processes that count their hits
HEADER = np.dtype(
    [('magic', 'u8'), ('entries', 'u8'), ('end', 'u8'), ('used', 'u8'), ('count', 'u8')]
)
ENTRY = np.dtype([('key', 'u8', 2), ('offset', 'u8'), ('shape', 'u4', 2), ('original', 'u4', 2)])
SLOT = np.dtype([('hits', 'u8'), ('misses', 'u8')])


def key_of(path: str, side: int) -> tuple[int, int] | None:
    """128 bits for a file as it is now, at a size; None if it is not a local file.

    A file that is written anew has another time or length, so another key: its old image is
    never found again.
    """
    try:
        stat = os.stat(path)  # noqa: PTH116  called for every tile, and twice as fast
    except (OSError, ValueError):
        return None
    where = path if str(path).startswith('/') else Path(path).absolute()
    name = f'{where}\0{stat.st_mtime_ns}\0{stat.st_size}\0{side}'
    digest = hashlib.blake2b(name.encode('utf-8', 'surrogateescape'), digest_size=16).digest()
    first, second = np.frombuffer(digest, np.uint64).tolist()
    return first or 1, second  # 0 marks a free entry


class ImageCache:
    """A bounded store of images; what is in stays in, and when it is full nothing is added.

    With random access, replacing old images by new ones would only cost time. The file holds a
    hash table and, after it, the pixels one image after the other. Reading takes no lock; adding
    takes one that the system frees if the process dies.

    Args:
        path (str | Path): The file; made if it is not there, joined if it is.
        capacity (int): Bytes of a new file, the table included.

    Raises:
        OSError: If the file cannot be made, for example for want of room.
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
        """Open the file, with a shared lock that tells others that it is in use."""
        while True:
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(fd, fcntl.LOCK_SH)
            # Removed between the two calls?
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(fd), self.path.stat()):
                    return fd
            os.close(fd)

    def _make(self, capacity: int) -> None:
        entries = min(max(capacity // BYTES_AN_ENTRY, 16), MOST_ENTRIES)
        start = -(-(2 * PAGE + entries * ENTRY.itemsize) // PAGE) * PAGE
        try:
            # Table and counters are written through the map, where a full disk would be fatal.
            os.posix_fallocate(self.fd, 0, start)
            os.truncate(self.fd, max(capacity, start))
        except OSError:
            os.truncate(self.fd, 0)
            raise
        header = np.array([(MAGIC, entries, max(capacity, start), start, 0)], HEADER)
        os.pwrite(self.fd, header.tobytes(), 0)

    @contextlib.contextmanager
    def _locked(self):
        # The system's lock excludes other processes, the mutex other threads of this one.
        with self.mutex:
            fcntl.lockf(self.fd, fcntl.LOCK_EX, 1)
            try:
                yield
            finally:
                fcntl.lockf(self.fd, fcntl.LOCK_UN, 1)

    def get(self, key: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int]] | None:
        """The image of a key, or None; counted as a hit or a miss.

        Returns:
            tuple: Read-only view (H, W, 3) uint8 of the shared memory, and the height and width
            that the image had in its file.
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
        """Add an image (H, W, 3) uint8; False if there is no room (or it was there already)."""
        data = np.ascontiguousarray(image)
        with self._locked():
            index = self._find(key)
            if index is None or self.table[index]['key'][0] != 0:
                return False
            offset, end = int(self.header['used'][0]), int(self.header['end'][0])
            if offset + data.nbytes > end or self.count >= 0.8 * len(self.table):
                return False
            try:
                self._write(data, offset)
            except OSError:  # the file system is full: so is the cache
                self.header['end'] = offset
                return False
            self.header['used'] = -(-(offset + data.nbytes) // ALIGNMENT) * ALIGNMENT
            self.header['count'] += 1
            entry = self.table[index : index + 1]
            entry['offset'], entry['shape'] = offset, data.shape[:2]
            entry['original'] = original
            entry['key'][0, 1] = key[1]
            entry['key'][0, 0] = key[0]  # last: from here on, readers find it
        return True

    def _write(self, data: np.ndarray, offset: int) -> None:
        left = memoryview(data).cast('B')
        while left:
            done = os.pwrite(self.fd, left, offset)
            left, offset = left[done:], offset + done

    def _find(self, key: tuple[int, int]) -> int | None:
        """Index of the entry of a key, or of the free one where it belongs; None: table full."""
        size = len(self.table)
        for step in range(size):
            index = (key[0] + step) % size
            first, second = self.table['key'][index].tolist()
            if first == 0 or (first == key[0] and second == key[1]):
                return index
        return None

    def _counters(self):
        """This process's own pair of counters; adding up needs no lock then."""
        if self.pid != os.getpid():
            self.pid = os.getpid()
            self.slot = self.pid % SLOTS
        return self.slots[self.slot]

    @property
    def count(self) -> int:
        """How many images are in."""
        return int(self.header['count'][0])

    @property
    def used(self) -> int:
        """Bytes in use, the table included."""
        return int(self.header['used'][0])

    @property
    def capacity(self) -> int:
        """Bytes that it may take, the table included."""
        return int(self.header['end'][0])

    def counted(self) -> tuple[int, int]:
        """Hits and misses of all processes since the file was made."""
        return int(self.slots['hits'].sum()), int(self.slots['misses'].sum())

    def remove(self) -> None:
        """Delete the file; processes that have it open keep their view until they end."""
        self.path.unlink(missing_ok=True)


def remove_unused(folder: Path, prefix: str, but: Path) -> None:
    """Delete caches of earlier, killed processes: files of ours that nobody has open."""
    for path in folder.glob(f'{prefix}*'):
        if path == but:
            continue
        with contextlib.suppress(OSError):  # in use, somebody else's, or gone
            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            finally:
                os.close(fd)
