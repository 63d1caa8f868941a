"""How much memory a cache may take, and where its file goes."""

import os
import re
import tempfile
from pathlib import Path

from mmpose_lrfg.utils.errors import UserError

SHARED_MEMORY = '/dev/shm'
PART_OF_FREE = 0.5  # of the memory that is free; the rest is for training
PART_OF_PLACE = 0.9  # of the room on the file system
UNITS = {'': 1, 'K': 2**10, 'M': 2**20, 'G': 2**30, 'T': 2**40}


def free_memory() -> int:
    """Bytes that this process may still take: what is available, within the container's limit."""
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
        except (OSError, ValueError):  # no such limit, or the word 'max'
            continue
    return max(free, 0)


def parse_budget(budget: str | int | float) -> int | None:
    """Bytes of a budget such as ``'8G'``, ``'512 MB'`` or a number; None for ``'auto'``.

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
            f"the image cache's budget is 'auto', bytes, or a size like '8G', not {budget!r}"
        )
    return int(float(match[1]) * UNITS[match[2]])


def place_and_bytes(budget: str | int | float, directory: str | None) -> tuple[Path, int]:
    """Where the cache's file goes and how large it may become.

    Shared memory if it is large enough, else the folder for temporary files, whose pages the
    system keeps in memory while there is room.

    Args:
        budget: See :func:`parse_budget`; 'auto' is half of the free memory.
        directory (str, optional): A folder of the user's choice, for a cache that stays.

    Returns:
        tuple: Folder and bytes; 0 bytes for no cache.
    """
    wanted = parse_budget(budget)
    if wanted == 0:
        return Path(directory or tempfile.gettempdir()), 0
    if directory is not None:
        place = Path(directory)
        place.mkdir(parents=True, exist_ok=True)
        # The disk is the limit here, not the memory.
        room = _room(place)
        return place, min(room if wanted is None else wanted, room)
    if wanted is None:
        wanted = int(free_memory() * PART_OF_FREE)
    for place in places():
        if _room(place) >= wanted:
            return place, wanted
    place = max(places(), key=_room)
    return place, _room(place)


def places() -> list[Path]:
    """Folders where a cache that is not to stay may lie, best first."""
    both = [Path(SHARED_MEMORY), Path(tempfile.gettempdir())]
    return [place for place in both if os.access(place, os.W_OK)]


def _room(place: Path) -> int:
    stats = os.statvfs(place)
    return int(stats.f_bavail * stats.f_frsize * PART_OF_PLACE)
