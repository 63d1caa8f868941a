"""A process of its own for each model: one that crashes or hangs ends alone."""

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection

import torch

import mmpose_lrfg  # noqa: F401  before any OpenMMLab package
from mmpose_lrfg.benchmark.timing import CandidateError
from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.utils.errors import UserError

from .backends import Backend
from .models import Exported, TopDown, WholeImage
from .settings import Settings


def open_backend(entry: Entry, settings: Settings) -> Backend:
    """Load a model; raise a UserError if it cannot be run with these settings."""
    kind = Exported if entry.format else TopDown if entry.detector else WholeImage
    return kind(entry, settings)


def reason_of(error: Exception) -> str:
    """Return what went wrong, in one line."""
    text = ' '.join(str(error).split())[:200]
    kind = '' if isinstance(error, UserError) else type(error).__name__
    return ': '.join(filter(None, (kind, text)))


def serve(connection: Connection, entry: Entry, settings: Settings) -> None:
    """Answer requests for method calls of a :class:`Backend` until the connection is closed."""
    # Ctrl-C is for the parent, which then ends its children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    torch.set_num_threads(settings.threads)
    # Arithmetic with almost-zeros, of which untrained networks are full, is slow.
    torch.set_flush_denormal(True)
    backend = None
    while True:
        try:
            method, arguments = connection.recv()
        except EOFError:
            return
        try:
            backend = backend or open_backend(entry, settings)
            connection.send((getattr(backend, method)(*arguments), None))
        except Exception as error:
            connection.send((None, reason_of(error)))


class Worker:
    """The parent's side of a process with a :class:`Backend`; ``target`` serves its requests."""

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
