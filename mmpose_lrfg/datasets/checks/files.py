"""Are the images there, do they decode, and are they of the size that the labels are for?"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mmpose_lrfg.datasets.data_files import name_inside
from mmpose_lrfg.runtime.images import decode
from mmpose_lrfg.utils.errors import UserError

from .findings import ERROR, WARNING, Collector, Finding, Labels


def check_files(
    labels: Labels, on_progress: Callable[[int, int], None], workers: int | None = None
) -> Iterator[Finding]:
    """Decode every image. ``labels.sizes`` holds the true (width, height) by position after it."""
    found = Collector(labels)
    for position, image in enumerate(labels.images):
        if not image.get('width') or not image.get('height'):
            found.add('no size', position)
    if labels.folder is not None:
        _decode(labels, found, on_progress, workers)
    yield from found.images('no size', WARNING, 'images without width and height; read from files')
    yield from found.images('missing image', ERROR, f'images that are not in {labels.folder}')
    yield from found.images('broken image', ERROR, 'images that do not decode')
    yield from found.images(
        'size', ERROR, 'images of another size than the labels say, so that labels are misplaced'
    )


def _decode(labels: Labels, found: Collector, on_progress, workers: int | None) -> None:
    jobs = [_path_of(labels, image.get('file_name')) for image in labels.images]
    pool = ThreadPoolExecutor(workers or os.cpu_count() or 1)
    try:
        for position, (reason, size) in enumerate(pool.map(_look_at, jobs)):
            image = labels.images[position]
            labelled = image.get('width'), image.get('height')
            if reason == 'missing':
                found.add('missing image', position)
            elif reason:
                found.add('broken image', position, f': {reason}')
            elif all(labelled) and labelled != size:
                detail = f': it is {size[0]} x {size[1]}, labels are for {labelled[0]} x '
                found.add('size', position, f'{detail}{labelled[1]}')
            on_progress(position + 1, len(jobs))
    finally:
        pool.shutdown(cancel_futures=True)  # also after Ctrl-C


def _path_of(labels: Labels, name: str) -> Path | None:
    """Where an image is; None if its name leads out of the folder."""
    try:
        return labels.folder / name_inside(labels.folder, name, str(labels.file))
    except UserError:
        return None


def _look_at(path: Path | None) -> tuple[str | None, tuple[int, int]]:
    """Why an image cannot be used, if so, and its (width, height)."""
    if path is None:
        return 'missing', (0, 0)
    if not path.is_file():
        return 'missing', (0, 0)
    decoded, reason = decode(path)
    return (reason, (0, 0)) if decoded is None else (None, (decoded.shape[1], decoded.shape[0]))


def size_of(path: Path) -> tuple[int, int] | None:
    """Width and height of a decoded image; None if it does not decode."""
    reason, size = _look_at(path)
    return None if reason else size
