"""Write a synthetic data set to disk: reproducible, in parallel, resumable.

``meta.json`` describes the content of the folder and is written first, the annotations last; a
folder with both is complete. In between, every shard of images leaves its labels in ``.parts``, so
that an interrupted run continues where it stopped.
"""

import contextlib
import json
import shutil
import signal
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from mmpose_lrfg.runtime.files import write_bytes, write_json
from mmpose_lrfg.utils.errors import UserError

from .labels import annotate, coco_file
from .scenes import SceneConfig, render_scene

VERSION = 4
SPLITS = ('train', 'val')
SHARD = 16  # images
LEAST_SIZE = 64


class Shard(NamedTuple):
    """Images ``start`` to ``stop`` of a split in the folder ``out``."""

    out: Path
    split: str
    start: int
    stop: int

    @property
    def part(self):
        """The JSON file of its labels."""
        return self.out / '.parts' / f'{self.split}-{self.start:08d}.json'

    def render(self, seed, size, scene):
        """Render and write the images, then their labels; return their number."""
        images, annotations = [], []
        for index in range(self.start, self.stop):
            # Every image has a random generator of its own.
            rng = np.random.default_rng([seed, SPLITS.index(self.split), index])
            rendered = render_scene(rng, size, scene)
            quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(55, 97))]
            name = f'{index + 1:012d}.jpg'
            _, data = cv2.imencode('.jpg', rendered.image, quality)
            write_bytes(self.out / self.split / name, data, durable=False)
            images.append(dict(id=index + 1, file_name=name, width=size, height=size))
            annotations += annotate(rendered, index + 1)
        write_json(self.part, [images, annotations])
        return len(images)


def make_dataset(
    out, train, val, seed=0, size=320, workers=1, overwrite=False, on_progress=None, scene=None
):  # fmt: skip
    """Render a data set into a folder.

    The same arguments give the same bytes, for any number of workers.

    Args:
        out (str | Path): The folder: new, empty, or of an earlier call.
        train, val (int): Numbers of images.
        seed (int): At least 0.
        size (int): Side of the square images in pixels, at least 64.
        workers (int): Processes.
        overwrite (bool): Replace a data set that was made with other arguments.
        on_progress (Callable[[int, int], None]): Called with the numbers of rendered and of all
            images.
        scene (SceneConfig): What may be in the images; by default everything.

    Returns:
        bool: True if anything was written, False if the folder was already complete.

    Raises:
        UserError: If a number is out of range or the folder contains something else.
    """
    out = Path(out)
    arguments = dict(train=train, val=val, seed=seed, size=size)
    least = dict(train=0, val=0, seed=0, size=LEAST_SIZE, workers=1)
    for name, value in dict(**arguments, workers=workers).items():
        if value < least[name]:
            raise UserError(f'{name} must be >= {least[name]}, got {value}')
    meta = dict(version=VERSION, arguments={**arguments, 'scene': asdict(scene or SceneConfig())})
    # As JSON returns it, to be compared with the file of an earlier call.
    if _prepare(out, json.loads(json.dumps(meta)), overwrite):
        return False
    shards = [
        Shard(out, split, start, min(start + SHARD, arguments[split]))
        for split in SPLITS
        for start in range(0, arguments[split], SHARD)
    ]
    missing = [shard for shard in shards if not shard.part.is_file()]
    total = train + val
    done = total - sum(shard.stop - shard.start for shard in missing)
    report = on_progress or (lambda done, total: None)
    report(done, total)
    with contextlib.closing(_render(missing, (seed, size, scene), workers)) as counts:
        for count in counts:
            done += count
            report(done, total)
    _collect(out, shards)
    return True


def _prepare(out, meta, overwrite):
    """Create the folder and its ``meta.json``; True if it already contains the whole data set."""
    if out.exists() and not out.is_dir():
        raise UserError(f'{out} is a file; give a folder for the data set')
    if out.is_dir() and any(out.iterdir()):
        try:
            found = json.loads((out / 'meta.json').read_text())
        except (OSError, ValueError, RecursionError):
            raise UserError(
                f'{out} is not empty and contains no synthetic data set; give a new folder'
            ) from None
        if found == meta and all((out / 'annotations' / f'{s}.json').is_file() for s in SPLITS):
            return True
        if found != meta:
            if not overwrite:
                before = found.get('arguments') if isinstance(found, dict) else None
                raise UserError(
                    f'{out} contains a data set of other arguments or another version ({before}); '
                    'give another folder or pass --overwrite'
                )
            # The annotations go first: a partly deleted data set never looks complete.
            for name in ('annotations', '.parts', *SPLITS):
                shutil.rmtree(out / name, ignore_errors=True)
    for name in ('.parts', 'annotations', *SPLITS):
        (out / name).mkdir(parents=True, exist_ok=True)
    write_json(out / 'meta.json', meta)
    return False


def _start_worker():
    cv2.setNumThreads(1)
    # Ctrl-C reaches all processes: the parent stops the pool, workers finish their shard.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _render(shards, arguments, workers):
    """Render shards; yield the number of images after each."""
    if workers == 1 or len(shards) < 2:
        threads = cv2.getNumThreads()
        cv2.setNumThreads(1)
        try:
            yield from (shard.render(*arguments) for shard in shards)
        finally:
            cv2.setNumThreads(threads)
        return
    pool = ProcessPoolExecutor(workers, get_context('spawn'), _start_worker)
    try:
        for job in as_completed([pool.submit(shard.render, *arguments) for shard in shards]):
            yield job.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _collect(out, shards):
    """Write the annotation files, then delete the parts and the leftovers of killed workers."""
    for split in SPLITS:
        images, annotations = [], []
        for shard in shards:
            if shard.split == split:
                part = json.loads(shard.part.read_text())
                images += part[0]
                annotations += part[1]
        content = coco_file(images, annotations, f'Synthetic people, {split}')
        write_json(out / 'annotations' / f'{split}.json', content)
        for leftover in (out / split).glob('.*'):
            leftover.unlink()
    shutil.rmtree(out / '.parts', ignore_errors=True)
