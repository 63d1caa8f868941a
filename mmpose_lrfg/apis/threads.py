"""Threads beside the network: one reads ahead, one writes, with bounded queues."""

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

PATIENCE = 2.0  # seconds to wait for a thread that may hang in a camera's driver
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


@contextlib.contextmanager
def background(work: Callable, depth: int = 4) -> Iterator[Callable]:
    """Yield a function that calls ``work`` in another thread, in order.

    It waits while more than ``depth`` calls are queued, and raises an error of an earlier call. The
    end of the context waits for all calls, also after an error or Ctrl-C, and raises their error; a
    second Ctrl-C cancels those that wait.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix='writing')
    calls: deque[Future] = deque()

    def call(*arguments) -> None:
        while calls and (calls[0].done() or len(calls) > depth):
            calls[0].result()
            calls.popleft()
        calls.append(pool.submit(work, *arguments))

    try:
        yield call
    finally:
        try:
            pool.shutdown()
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
        for each in calls:
            each.result()
