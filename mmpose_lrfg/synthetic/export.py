"""Write a synthetic data set to disk: reproducible, in parallel, resumable.

``meta.json`` describes the content of the folder and is written first, the annotations last; a
folder with both is complete. In between, every image leaves its labels in ``.parts``, so that an
interrupted run continues where it stopped.
"""

import json
import shutil
import signal
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.runtime.files import write_bytes, write_json
from mmpose_lrfg.utils.errors import UserError

from .labels import annotate, coco_file
from .scenes import SceneConfig, render_scene

VERSION = 5
SPLITS = ('train', 'val')
CHUNK = 8  # images that a worker process renders between two reports
LEAST = dict(train=0, val=0, seed=0, size=64, workers=1)


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
    for name, value in dict(**arguments, workers=workers).items():
        if value < LEAST[name]:
            raise UserError(f'{name} must be >= {LEAST[name]}, got {value}')
    meta = dict(version=VERSION, arguments={**arguments, 'scene': asdict(scene or SceneConfig())})
    # As JSON returns it, to be compared with the file of an earlier call.
    if _prepare(out, json.loads(json.dumps(meta)), overwrite):
        return False
    jobs = [(split, index) for split in SPLITS for index in range(arguments[split])]
    missing = [job for job in jobs if not _part(out, *job).is_file()]
    done, render = len(jobs) - len(missing), partial(_render, out, seed, size, scene)
    report = on_progress or (lambda done, total: None)
    report(done, len(jobs))
    serial = workers == 1 or len(missing) <= CHUNK
    pool = None if serial else ProcessPoolExecutor(workers, get_context('spawn'), _start_worker)
    try:
        for _ in map(render, missing) if serial else pool.map(render, missing, chunksize=CHUNK):
            done += 1
            report(done, len(jobs))
    finally:
        if pool:
            pool.shutdown(cancel_futures=True)
    _collect(out, jobs)
    return True


def _part(out, split, index):
    """The JSON file with the labels of an image."""
    return out / '.parts' / f'{split}-{index:08d}.json'


def _render(out, seed, size, scene, job):
    """Render and write an image, then its labels."""
    split, index = job
    # Every image has a random generator of its own.
    rng = np.random.default_rng([seed, SPLITS.index(split), index])
    rendered = render_scene(rng, size, scene)
    name, quality = f'{index + 1:012d}.jpg', int(rng.integers(55, 97))
    _, data = cv2.imencode('.jpg', rendered.image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    write_bytes(out / split / name, data, durable=False)
    image = dict(id=index + 1, file_name=name, width=size, height=size)
    write_json(_part(out, split, index), [image, annotate(rendered, index + 1)])


def _start_worker():
    cv2.setNumThreads(1)
    # Ctrl-C reaches all processes: the parent stops the pool, workers finish their chunk.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _prepare(out, meta, overwrite):
    """Create the folder and its ``meta.json``; True if it already contains the whole data set."""
    if out.exists() and not out.is_dir():
        raise UserError(f'{out} is a file; give a folder for the data set')
    if out.is_dir() and any(out.iterdir()):
        try:
            found = json.loads((out / 'meta.json').read_text())
        except (OSError, ValueError, RecursionError):
            text = f'{out} is not empty and contains no synthetic data set; give a new folder'
            raise UserError(text) from None
        if found == meta and all((out / 'annotations' / f'{s}.json').is_file() for s in SPLITS):
            return True
        if found != meta and not overwrite:
            before = found.get('arguments') if isinstance(found, dict) else None
            raise UserError(
                f'{out} contains a data set of other arguments or another version ({before}); '
                'give another folder or pass --overwrite'
            )
        # The annotations go first: a partly deleted data set never looks complete.
        for name in ('annotations', '.parts', *SPLITS) if found != meta else ():
            shutil.rmtree(out / name, ignore_errors=True)
    for name in ('.parts', 'annotations', *SPLITS):
        (out / name).mkdir(parents=True, exist_ok=True)
    write_json(out / 'meta.json', meta)
    return False


def _collect(out, jobs):
    """Write the annotation files, then delete the parts and the leftovers of killed workers."""
    for split in SPLITS:
        parts = [json.loads(_part(out, *job).read_text()) for job in jobs if job[0] == split]
        images, people = [part[0] for part in parts], [part[1] for part in parts]
        content = coco_file(images, chain.from_iterable(people), f'Synthetic people, {split}')
        write_json(out / 'annotations' / f'{split}.json', content)
        for leftover in (out / split).glob('.*'):
            leftover.unlink()
    shutil.rmtree(out / '.parts', ignore_errors=True)
