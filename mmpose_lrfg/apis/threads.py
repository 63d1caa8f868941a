"""Threads beside the network: one reads ahead, one writes, with bounded queues."""

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

PATIENCE = 2.0
"""Seconds to wait for a thread that may hang in a camera's driver."""
_END = object()


class Prefetch:
    """Runs a generator in another thread, at most ``depth`` items ahead; a context manager.

    An error of the generator is raised after the items before it.

    Args:
        items (Generator): Iterated and closed in the thread.
        depth (int): Most items in the queue.
        droppable (Callable[[Any], bool], optional): If true for a new item while the queue is full,
            the oldest item is dropped instead of waiting, as a camera requires.

    Attributes:
        dropped (int): Number of items that were dropped.
    """

    def __init__(
        self,
        items: Generator,
        depth: int = 2,
        droppable: Callable[[Any], bool] = lambda item: False,
    ):
        self.items, self.droppable = items, droppable
        self.queue: queue.Queue = queue.Queue(depth)
        self.dropped = 0
        self.error: BaseException | None = None
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._read, name='reading', daemon=True)

    def _read(self) -> None:
        try:
            with contextlib.closing(self.items):  # releases its camera
                for item in self.items:
                    if self.droppable(item) and self.queue.full():
                        with contextlib.suppress(queue.Empty):
                            self.queue.get_nowait()
                            self.dropped += 1
                    if not self._put(item):
                        break
        except BaseException as error:  # raised by __iter__
            self.error = error
        self._put(_END)

    def _put(self, item) -> bool:
        """Wait for room; return whether there was any before the end of the context."""
        while not self.stopped.is_set():
            with contextlib.suppress(queue.Full):
                self.queue.put(item, timeout=0.1)
                return True
        return False

    def __enter__(self) -> 'Prefetch':
        self.thread.start()
        return self

    def __exit__(self, *error) -> None:
        self.stopped.set()
        self.thread.join(PATIENCE)

    def __iter__(self) -> Iterator:
        while (item := self.queue.get()) is not _END:
            yield item
        if self.error is not None:
            raise self.error


class Background:
    """Calls ``work`` in another thread, in order, at most ``depth`` behind; a context manager.

    The end of the context waits for all calls, also after an error or Ctrl-C; a second Ctrl-C
    cancels those that wait. An error of ``work`` is raised by a later call, or at the end.

    Args:
        work (Callable): Gets the arguments of :meth:`__call__`.
        depth (int): Most calls that wait.
    """

    def __init__(self, work: Callable, depth: int = 4):
        self.work, self.depth = work, depth
        self.pool = ThreadPoolExecutor(1, thread_name_prefix='writing')
        self.calls: deque[Future] = deque()

    def __call__(self, *arguments) -> None:
        """Queue a call; wait while the queue is full.

        Raises:
            BaseException: The error of an earlier call.
        """
        while self.calls and (self.calls[0].done() or len(self.calls) > self.depth):
            self.calls[0].result()
            self.calls.popleft()
        self.calls.append(self.pool.submit(self.work, *arguments))

    def __enter__(self) -> 'Background':
        return self

    def __exit__(self, kind, *error) -> None:
        try:
            self.pool.shutdown()
        except KeyboardInterrupt:
            self.pool.shutdown(cancel_futures=True)
            raise
        # Missing results matter more than an error of the reader.
        if kind is None or issubclass(kind, Exception):
            for call in self.calls:
                call.result()
