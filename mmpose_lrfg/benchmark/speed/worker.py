"""A process of its own for each model: one that crashes or hangs ends alone."""

import multiprocessing
import os
import resource
import signal
import time
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.connection import Connection

import numpy as np

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.benchmark.timing import CandidateError, timed
from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.utils.errors import UserError

from .calibration import PeopleImage
from .settings import Settings


@dataclass(frozen=True)
class PoseRun:
    """One run from an image to poses: seconds, poses found, and seconds by stage."""

    seconds: float
    found: int
    stages: dict[str, float]


@dataclass(frozen=True)
class Memory:
    """Peak memory in MB of the process, and of PyTorch's allocations on a GPU."""

    process: float
    gpu: float | None


class Model:
    """A model in this process.

    Args:
        entry (Entry): The model.
        settings (Settings): How it is run.
    """

    def __init__(self, entry: Entry, settings: Settings):
        import torch

        from mmpose_lrfg.apis.predictor import check_device
        from mmpose_lrfg.benchmark.complexity import quiet

        from .backends import open_backend

        check_device(settings.device)
        torch.set_num_threads(settings.threads)
        # Arithmetic with almost-zeros, of which untrained networks are full, is slow.
        torch.set_flush_denormal(True)
        self.entry, self.settings = entry, settings
        with quiet():
            self.backend = open_backend(entry, settings)
        self.input = lru_cache(maxsize=4)(self.backend.input)
        self.image: np.ndarray | None = None

    def input_shape(self) -> tuple[int, int]:
        """Height and width of the network's input."""
        return self.backend.input_shape

    def set_image(self, people: PeopleImage) -> tuple[int, int]:
        """Calibrate on an image; return height and width of the network's input."""
        self.image = people.image
        self.backend.set_image(people.image, people.boxes)
        self.backend.poses(self.image)
        return self.backend.input_shape

    def time_network(self, batch: int) -> float:
        """Seconds of one forward pass."""
        images = self.input(batch)
        return timed(lambda: self.backend.network(images), self.backend.synchronize)()

    def time_poses(self) -> PoseRun:
        """Time the way from the image to its poses."""
        self.backend.timer.pop()
        start = time.perf_counter()
        found = self.backend.poses(self.image)
        self.backend.synchronize()
        seconds = time.perf_counter() - start
        return PoseRun(seconds, found, self.backend.timer.pop())

    def memory(self) -> Memory:
        """Peak memory so far."""
        import torch

        process = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        gpu = None
        if self.backend.device.type == 'cuda':
            gpu = torch.cuda.max_memory_allocated(self.backend.device) / 2**20
        return Memory(process, gpu)

    def complexity(self):
        """Parameters and multiply-adds."""
        return self.entry.measure(self.settings.shape)

    def accuracy(self):
        """AP on the data of the settings."""
        from mmpose_lrfg.benchmark.evaluation import evaluate_entry

        settings = self.settings
        checkpoint = settings.checkpoints[self.entry.name]
        return evaluate_entry(self.entry, checkpoint, settings.data, settings.shape)


def reason_of(error: Exception) -> str:
    """What went wrong, in one line."""
    text = ' '.join(str(error).split())[:200]
    if isinstance(error, UserError):
        return str(error)
    return f'{type(error).__name__}: {text}' if text else type(error).__name__


def serve(connection: Connection, entry: Entry, settings: Settings) -> None:
    """Answer requests for method calls of a :class:`Model` until the connection is closed."""
    # Ctrl-C is for the parent, which then ends its children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    log = os.open(os.devnull, os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    model = None
    while True:
        try:
            method, arguments = connection.recv()
        except EOFError:
            return
        try:
            model = model or Model(entry, settings)
            connection.send((getattr(model, method)(*arguments), None))
        except Exception as error:
            connection.send((None, reason_of(error)))


class Worker:
    """The parent's side of a process with a :class:`Model`.

    Args:
        entry (Entry): The model.
        settings (Settings): How it is run.
        target (Callable): Serves requests in the process.
    """

    def __init__(self, entry: Entry, settings: Settings, target=serve):
        self.timeout = settings.timeout
        context = multiprocessing.get_context('spawn')
        self.connection, theirs = context.Pipe()
        # CPU libraries read it when they are imported.
        os.environ['OMP_NUM_THREADS'] = str(settings.threads)
        self.process = context.Process(target=target, args=(theirs, entry, settings), daemon=True)
        self.process.start()
        theirs.close()

    def call(self, method: str, *arguments):
        """Call a method of the model and wait for its result.

        Raises:
            CandidateError: If it fails, takes too long, or the process ends.
        """
        try:
            self.connection.send((method, arguments))
            if not self.connection.poll(self.timeout):
                self.close()
                raise CandidateError(f'no answer within {self.timeout:g} s')
            result, reason = self.connection.recv()
        except (EOFError, OSError):
            self.process.join(10)
            code = self.process.exitcode
            killed = ' (killed, probably out of memory)' if code == -signal.SIGKILL else ''
            raise CandidateError(f'its process ended with code {code}{killed}') from None
        if reason is not None:
            raise CandidateError(reason)
        return result

    def close(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.kill()
        self.process.join()
