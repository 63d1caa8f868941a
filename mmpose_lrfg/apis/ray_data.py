"""Prediction on the machines of a Ray cluster, with Ray Data.

Needs Ray and pyarrow: ``pip install "mmpose_lrfg[ray]"``.
"""

import contextlib
import logging
import math
import os
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import ray
import ray.data

from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.progress import Progress

from .filesystems import divide, find_files, find_place, find_table
from .parquet import prepare_folder, remove_temporary
from .ray_actor import Attempts, Job, PoseActor
from .run import Summary

IMAGES_PER_FILE = 1000
TIMEOUT = 10.0  # seconds to connect to a cluster
UNITS_PER_ACTOR = 4  # at least, so that actors end at about the same time


@contextlib.contextmanager
def cluster(address: str | None) -> Iterator[None]:
    """Connect to a Ray cluster, or start one on this machine; without Ray's messages.

    Args:
        address (str, optional): As ``ray.init`` takes it (default: ``$RAY_ADDRESS``, a cluster that
            runs on this machine, or a new one).

    Raises:
        UserError: If there is no cluster at the address.
    """
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = context.print_on_execution_start = False
    for name in ('ray', 'ray.data'):
        logging.getLogger(name).setLevel(logging.ERROR)
    if ray.is_initialized():
        yield
        return
    os.environ.setdefault('RAY_BACKEND_LOG_LEVEL', 'fatal')
    os.environ.setdefault('RAY_USAGE_STATS_ENABLED', '0')  # which are sent to Ray's makers
    address = address or os.environ.get('RAY_ADDRESS')
    try:
        if address and '://' not in address and address not in ('auto', 'local'):
            host, _, port = address.rpartition(':')
            with socket.create_connection((host, int(port)), TIMEOUT):  # Ray would try for minutes
                pass
        with _no_stderr():  # a line about that variable
            ray.init(address, logging_level='error', log_to_driver=False)
    except (OSError, ValueError, RuntimeError) as error:
        raise UserError(f'the Ray cluster {address} cannot be reached: {error}') from error
    try:
        yield
    finally:
        ray.shutdown()


@contextlib.contextmanager
def _no_stderr() -> Iterator[None]:
    """Discard what libraries in C++ write to stderr."""
    kept = os.dup(2)
    with Path(os.devnull).open('w') as nothing:
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def predict_files(
    names: Sequence[str],
    out: str,
    network: Callable[[], Callable],
    job: Job,
    summary: Summary,
    address: str | None = None,
    actors: int | None = None,
    gpu: bool = False,
    image_column: str | None = None,
) -> None:
    """Predict images, videos and Parquet files of images into a folder of Parquet files.

    What a run that was stopped has written is not predicted again.

    Args:
        names (Sequence[str]): Files, folders, globs and addresses such as ``s3://bucket/photos``.
        out (str): Folder of the results, a path or an address.
        network (Callable): Called in every actor; returns a predictor.
        job (Job): Options.
        summary (Summary): Updated during the run.
        address (str, optional): Of :func:`cluster`.
        actors (int, optional): Number of actors (default: of CPUs or GPUs in the cluster).
        gpu (bool): An actor takes a GPU, or a part of it if there are fewer, instead of a CPU.
        image_column (str, optional): Of Parquet files (default: the only one with bytes).

    Raises:
        UserError: If the input cannot be read or the results are of other settings.
    """
    place = find_place(out)
    files = [*find_files(names, place)]
    table = find_table(files, image_column)
    complete = prepare_folder(place.system, place.path, job.settings)
    if complete:
        print(f'continuing: {len(complete)} files in {out} are complete', file=sys.stderr)
    with cluster(address):
        available = int(ray.cluster_resources().get('GPU' if gpu else 'CPU', 0))
        if gpu and not available:
            raise UserError('the Ray cluster has no GPU')
        actors = actors or available
        size = math.ceil(len(files) / (actors * UNITS_PER_ACTOR) / job.batch_size) * job.batch_size
        roots, units = divide(files, complete, min(size, IMAGES_PER_FILE), scenes=bool(job.track))
        if not units:
            return
        rows = [unit._asdict() for unit in units]
        found = ray.data.from_items(rows, override_num_blocks=len(rows)).map(
            PoseActor,
            fn_constructor_args=(ray.put(network), job, roots, place, table, Attempts.remote()),
            compute=ray.data.ActorPoolStrategy(
                size=min(actors, len(units)), max_tasks_in_flight_per_actor=2
            ),
            num_cpus=1,
            num_gpus=min(1.0, available / actors) if gpu else None,
        )
        _collect(found.iter_rows(), sum(unit.inputs for unit in units), summary)
    remove_temporary(place.system, place.path)


def _collect(results: Iterable[dict], total: int, summary: Summary) -> None:
    """Add up the results of actors; raise a UserError for the first with an error."""
    done = 0
    with Progress('predicting', total) as progress:
        for each in results:
            if each['error']:
                raise UserError(each['error'])
            summary.frames += each['frames']
            summary.people += each['people']
            summary.skipped |= dict.fromkeys(each['skipped'], '')
            done += each['inputs']
            progress.update(done, text=f'{summary.people} people')
