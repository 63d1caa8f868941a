"""Threads beside the network: one reads ahead, one writes, with bounded queues."""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

PATIENCE = 2.0
"""Seconds to wait for a thread that may hang in a camera's driver."""
_END = object()


class Prefetch:
    """Iterates over ``items`` in another thread, at most ``depth`` ahead; a context manager.

    An error of the items is raised where the item would be returned.

    Args:
        items (Iterable): Iterated in the thread.
        depth (int): Most items in the queue.
        droppable (Callable[[Any], bool], optional): If true for a new item while the queue is full,
            the oldest item is dropped instead of waiting, as a camera requires.

    Attributes:
        dropped (int): Number of items that were dropped.
    """

    def __init__(
        self, items: Iterable, depth: int = 2, droppable: Callable[[Any], bool] | None = None
    ):
        self.items, self.droppable = items, droppable
        self.waiting: queue.Queue = queue.Queue(max(depth, 1))
        self.dropped = 0
        self.error: BaseException | None = None
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, name='reading', daemon=True)

    def _run(self) -> None:
        try:
            for item in self.items:
                self._put(item, self.droppable is not None and self.droppable(item))
                if self.stopped.is_set():
                    break
        except BaseException as error:  # raised by __next__
            self.error = error
        finally:
            close = getattr(self.items, 'close', None)  # a generator releases its camera
            if close is not None:
                with contextlib.suppress(Exception):
                    close()
            self._put(_END, False)

    def _put(self, item, drop: bool) -> None:
        """Wait for room, or make it."""
        while not self.stopped.is_set():
            try:
                self.waiting.put(item, timeout=0 if drop else 0.1)
                return
            except queue.Full:
                if drop:
                    with contextlib.suppress(queue.Empty):
                        self.waiting.get_nowait()
                        self.dropped += 1

    def __enter__(self) -> 'Prefetch':
        self.thread.start()
        return self

    def __exit__(self, *error) -> None:
        self.stopped.set()
        self.thread.join(PATIENCE)

    def __iter__(self) -> 'Prefetch':
        return self

    def __next__(self) -> Any:
        item = self.waiting.get()
        if item is _END:
            self.waiting.put(_END)  # for the next call
            if self.error is not None:
                raise self.error
            raise StopIteration
        return item


class Background:
    """Calls ``work`` in another thread, in order, at most ``depth`` behind; a context manager.

    The end of the context waits for all calls, also after an error or Ctrl-C; a second Ctrl-C
    cancels those that wait. An error of ``work`` is raised by the next call, or at the end, and
    later calls do nothing.

    Args:
        work (Callable): Gets the arguments of :meth:`__call__`.
        depth (int): Most calls that wait.
    """

    def __init__(self, work: Callable, depth: int = 4):
        self.work = work
        self.error: BaseException | None = None
        self.room = threading.Semaphore(max(depth, 1) + 1)
        self.pool = ThreadPoolExecutor(1, thread_name_prefix='writing')

    def _run(self, *arguments) -> None:
        try:
            if self.error is None:
                self.work(*arguments)
        except BaseException as error:  # raised in the other thread
            self.error = error
        finally:
            self.room.release()

    def __call__(self, *arguments) -> None:
        """Queue a call; wait while the queue is full.

        Raises:
            BaseException: The error of an earlier call.
        """
        if self.error is not None:
            raise self.error
        self.room.acquire()
        self.pool.submit(self._run, *arguments)

    def __enter__(self) -> 'Background':
        return self

    def __exit__(self, kind, *error) -> None:
        try:
            self.pool.shutdown()
        except KeyboardInterrupt:
            self.pool.shutdown(cancel_futures=True)
            raise
        # Missing results matter more than an error of the reader.
        if self.error is not None and (kind is None or issubclass(kind, Exception)):
            raise self.error
