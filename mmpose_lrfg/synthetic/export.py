"""Write a synthetic data set to disk: reproducible, in parallel, never half a file.

``meta.json`` says what the folder holds and is written first, the annotations last; a folder with
both is complete. In between, every finished shard of images leaves its labels in ``.parts``, so
that an interrupted run goes on where it stopped.
"""

import json
import shutil
import signal
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.runtime.files import write_bytes
from mmpose_lrfg.utils.errors import UserError

from .coco import annotate, dataset
from .scenes import render_scene

VERSION = 2
SPLITS = ('train', 'val')
SHARD = 16
LEAST_SIZE = 64


def _write_json(path, content):
    write_bytes(path, json.dumps(content, separators=(',', ':')).encode())


def image_rng(seed, split, index):
    """The source of chance of one image, apart from all others."""
    return np.random.default_rng([seed, SPLITS.index(split), index])


def _start_worker():
    cv2.setNumThreads(1)
    # Ctrl-C reaches all processes: the parent ends the pool, workers finish their shard.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _render_shard(out, split, indices, seed, size, scene_config):
    """Render and write some images; leave their labels in ``.parts``.

    Returns:
        int: how many images.
    """
    records = []
    for index in indices:
        rng = image_rng(seed, split, index)
        scene = render_scene(rng, size, scene_config)
        quality = int(rng.integers(55, 97))
        _, data = cv2.imencode('.jpg', scene.image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        name = f'{index + 1:012d}.jpg'
        write_bytes(out / split / name, data, durable=False)
        height, width = scene.image.shape[:2]
        entry = {'id': index + 1, 'file_name': name, 'width': width, 'height': height}
        records.append([entry, annotate(scene, index + 1)])
    _write_json(_part(out, split, indices), records)
    return len(records)


def _part(out, split, indices):
    return out / '.parts' / f'{split}-{indices[0]:08d}.json'


def _check(train, val, seed, size, workers):
    for name, value, least in (
        ('train', train, 0), ('val', val, 0), ('seed', seed, 0), ('workers', workers, 1),
    ):  # fmt: skip
        if value < least:
            raise UserError(f'{name} must be at least {least}, got {value}')
    if size < LEAST_SIZE:
        raise UserError(f'size must be at least {LEAST_SIZE} pixels, got {size}')


def _prepare(out, meta, overwrite):
    """Make the folder ready; True when it already holds the whole data set."""
    if out.exists() and not out.is_dir():
        raise UserError(f'{out} is a file; name a folder for the data set')
    if out.is_dir() and any(out.iterdir()):
        try:
            found = json.loads((out / 'meta.json').read_text())
        except (OSError, ValueError, RecursionError):
            raise UserError(
                f'{out} is not empty and holds no synthetic data set; name a new folder'
            ) from None
        if found != meta:
            if not overwrite:
                before = found.get('arguments') if isinstance(found, dict) else None
                raise UserError(
                    f'{out} holds a data set made with other arguments ({before}); '
                    'name another folder or pass --overwrite'
                )
            # The old annotations go first: what is left is never taken for a whole data set.
            for name in ('annotations', '.parts', *SPLITS):
                shutil.rmtree(out / name, ignore_errors=True)
        elif all((out / 'annotations' / f'{split}.json').is_file() for split in SPLITS):
            return True
    for name in ('.parts', *SPLITS):
        (out / name).mkdir(parents=True, exist_ok=True)
    write_bytes(out / 'meta.json', json.dumps(meta, indent=2).encode())
    return False


def make_dataset(
    out, train, val, seed=0, size=320, workers=1, overwrite=False, on_progress=None, scene=None
):  # fmt: skip
    """Render a data set into a folder.

    The same arguments give the same bytes, whatever the number of workers.

    Args:
        out (str | Path): The folder; new, empty, or of an earlier call.
        train, val (int): Numbers of images.
        seed (int): Any number from 0.
        size (int): Side of the square images, pixels, at least 64.
        workers (int): Processes.
        overwrite (bool): Replace a data set that was made with other arguments.
        on_progress (Callable[[int, int], None]): Called with images done and images in all.
        scene (SceneConfig): What may be in the pictures; by default everything.

    Returns:
        bool: True if anything was written, False if the folder was complete already.

    Raises:
        UserError: for bad numbers, for a folder that holds something else.
    """
    out = Path(out)
    _check(train, val, seed, size, workers)
    arguments = {'train': train, 'val': val, 'seed': seed, 'size': size}
    if scene is not None:
        # As JSON has it, to be compared with what an earlier call wrote.
        arguments['scene'] = json.loads(json.dumps(asdict(scene)))
    if not _prepare(out, {'version': VERSION, 'arguments': arguments}, overwrite):
        _render(out, arguments, scene, workers, on_progress or (lambda done, total: None))
        return True
    return False


def _render(out, arguments, scene, workers, on_progress):
    seed, size, total = arguments['seed'], arguments['size'], arguments['train'] + arguments['val']
    shards = [
        (split, list(range(start, min(start + SHARD, arguments[split]))))
        for split in SPLITS
        for start in range(0, arguments[split], SHARD)
    ]
    open_shards = [s for s in shards if not _part(out, *s).is_file()]
    done = total - sum(len(indices) for _, indices in open_shards)
    on_progress(done, total)
    if workers == 1 or len(open_shards) < 2:
        threads = cv2.getNumThreads()
        cv2.setNumThreads(1)
        try:
            for split, indices in open_shards:
                done += _render_shard(out, split, indices, seed, size, scene)
                on_progress(done, total)
        finally:
            cv2.setNumThreads(threads)
    else:
        pool = ProcessPoolExecutor(workers, get_context('spawn'), _start_worker)
        try:
            jobs = [
                pool.submit(_render_shard, out, *shard, seed, size, scene) for shard in open_shards
            ]
            for job in as_completed(jobs):
                done += job.result()
                on_progress(done, total)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    _collect(out, shards)


def _collect(out, shards):
    """Put the labels of all shards together, then drop the shards and what killed workers left."""
    (out / 'annotations').mkdir(exist_ok=True)
    files = {}
    for split in SPLITS:
        records = [
            record
            for name, indices in shards
            if name == split
            for record in json.loads(_part(out, name, indices).read_text())
        ]
        files[split] = dataset(records, f'Synthetic people, {split}')
    for split, content in files.items():
        _write_json(out / 'annotations' / f'{split}.json', content)
        for left in (out / split).glob('.*'):
            left.unlink()
    shutil.rmtree(out / '.parts', ignore_errors=True)
