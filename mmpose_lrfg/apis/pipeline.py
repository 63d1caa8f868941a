"""Work beside the network: threads that read ahead and write behind, through bounded queues."""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar('T')
PATIENCE = 2.0
"""Seconds to wait for a thread that may hang in a camera's driver."""
_END = object()


class Prefetch(Generic[T]):
    """The same items, made in another thread, at most ``depth`` ahead; an iterator and context.

    An error of the items, also one that ends a command, comes out where the item would.

    Args:
        items (Iterable[T]): Is run in the thread.
        depth (int): Items that wait.
        droppable (Callable[[T], bool], optional): Where it holds for a new item and the queue is
            full, the oldest one waiting gives way instead of the new one: a camera does not wait.

    Attributes:
        dropped (list[T]): Items that gave way.
    """

    def __init__(
        self, items: Iterable[T], depth: int = 2, droppable: Callable[[T], bool] | None = None
    ):
        self.items, self.droppable = items, droppable
        self.waiting: queue.Queue = queue.Queue(max(depth, 1))
        self.dropped: list[T] = []
        self.error: BaseException | None = None
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, name='reading', daemon=True)

    def _run(self) -> None:
        try:
            for item in self.items:
                self._put(item, self.droppable is not None and self.droppable(item))
                if self.stopped.is_set():
                    break
        except BaseException as error:  # it is the reader's to raise
            self.error = error
        finally:
            close = getattr(self.items, 'close', None)  # a generator has a camera to release
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
                        self.dropped.append(self.waiting.get_nowait())

    def __enter__(self) -> 'Prefetch[T]':
        self.thread.start()
        return self

    def __exit__(self, *error) -> None:
        self.stopped.set()
        self.thread.join(PATIENCE)

    def __iter__(self) -> 'Prefetch[T]':
        return self

    def __next__(self) -> T:
        item = self.waiting.get()
        if item is _END:
            self.waiting.put(_END)  # for whoever asks again
            if self.error is not None:
                raise self.error
            raise StopIteration
        return item


class Background:
    """Calls ``work`` in another thread, in order, at most ``depth`` behind; a context.

    Its end waits until everything is done, also after an error elsewhere or Ctrl-C; a second
    Ctrl-C gives up what still waits. An error of ``work`` comes out of the next call, or of the
    end, and nothing is done after it.

    Args:
        work (Callable): Takes what :meth:`__call__` is given.
        depth (int): Calls that wait.
    """

    def __init__(self, work: Callable, depth: int = 4):
        self.work = work
        self.waiting: queue.Queue = queue.Queue(max(depth, 1))
        self.error: BaseException | None = None
        self.abandoned = False
        self.thread = threading.Thread(target=self._run, name='writing')

    def _run(self) -> None:
        while (arguments := self.waiting.get()) is not _END:
            if self.error is None and not self.abandoned:
                try:
                    self.work(*arguments)
                except BaseException as error:  # it is the caller's to raise
                    self.error = error

    def __call__(self, *arguments) -> None:
        """Have it done; waits while the queue is full.

        Raises:
            BaseException: What an earlier call raised.
        """
        if self.error is not None:
            raise self.error
        self.waiting.put(arguments)

    def __enter__(self) -> 'Background':
        self.thread.start()
        return self

    def __exit__(self, kind, *error) -> None:
        try:
            self.waiting.put(_END)
            self.thread.join()
        except KeyboardInterrupt:
            self.abandoned = True
            self.waiting.put(_END)
            self.thread.join()
            raise
        # Results that are missing come before an error of what was read.
        if self.error is not None and (kind is None or issubclass(kind, Exception)):
            raise self.error
