"""Progress of a task on stderr: a bar on a terminal, a line now and then elsewhere."""

import atexit
import importlib.util
import logging
import math
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # optional: imported for a bar
    from rich.console import Console


class Progress:
    """Show how many steps of a task are done, steps per second and the time left.

    On a terminal a bar stays below the lines that are printed or logged. Elsewhere, as in a file
    or a batch job, or without the package rich, a line is printed every ``interval`` seconds. The
    rate is that of the last 1000 updates, without the first step::

        with Progress('rendering', total=600) as progress:
            for done in range(1, 601):
                ...
                progress.update(done)

    Args:
        name (str): The task, such as 'rendering'.
        total (int, optional): Number of steps; None if unknown.
        logger (logging.Logger, optional): Its console lines appear above the bar.
        interval (float): Seconds between lines where there is no terminal.
        console (Console, optional): Where the bar is drawn (default: stderr, if a terminal).
    """

    def __init__(
        self,
        name: str,
        total: int | None = None,
        logger: logging.Logger | None = None,
        interval: float = 30.0,
        console: 'Console | None' = None,
    ):
        self.name, self.total = name, total
        self.moved: list[tuple[logging.StreamHandler, object]] = []
        self.steps: deque[tuple[float, int]] = deque(maxlen=1000)
        self.bar = None
        self.interval, self.next_line = interval, time.monotonic() + interval
        if console or (sys.stderr.isatty() and importlib.util.find_spec('rich')):
            self.interval, self.next_line = 0.1, 0.0  # rich draws ten times a second
            self._start_bar(console, logger)

    def _start_bar(self, console: 'Console | None', logger: logging.Logger | None) -> None:
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import BarColumn, Progress, TextColumn
        from rich.table import Column

        self.bar = Progress(
            TextColumn('{task.description}', table_column=Column(min_width=len(self.name))),
            BarColumn(bar_width=20, table_column=Column(min_width=8)),
            # On a narrow terminal this one is cut off.
            TextColumn('{task.fields[text]}', style='cyan', table_column=Column(no_wrap=True)),
            console=console or Console(stderr=True),
            transient=True,
            # Results that are piped elsewhere must not appear on the terminal instead.
            redirect_stdout=sys.stdout.isatty(),
        )
        self.bar.add_task(escape(self.name), total=self.total, text='')
        streams = (sys.stdout, sys.stderr)
        self.bar.start()
        # rich replaced the streams by proxies; handlers still hold the originals.
        for handler in logger.handlers if logger else ():
            if type(handler) is logging.StreamHandler and handler.stream in streams:
                self.moved.append((handler, handler.stream))
                handler.setStream(sys.stderr)
        # A bar that is not closed leaves the terminal without its cursor.
        atexit.register(self.close)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def update(self, done: int, total: int | None = None, text: str = '') -> None:
        """Show that ``done`` steps are done.

        Args:
            done (int): Steps since the start.
            total (int, optional): Number of steps, if it was unknown or has changed.
            text (str): Shown after the numbers.
        """
        self.total = total or self.total
        now = time.monotonic()
        self.steps.append((now, done))
        if self.bar:
            self.bar.update(self.bar.task_ids[0], completed=done, total=self.total)
        if now < self.next_line:
            return
        self.next_line = now + self.interval
        line = f'{done}' if self.total is None else f'{done}/{self.total}'
        seconds, steps = now - self.steps[0][0], done - self.steps[0][1]
        if seconds > 0 and steps > 0:
            rate = steps / seconds
            if self.total is not None:
                left = math.ceil(max(self.total - done, 0) / rate)
                line += f', {timedelta(seconds=left)} left'
            line += f'  {rate:.1f}/s' if rate >= 1 else f'  {1 / rate:.1f} s each'
        line += f'  {text}' if text else ''
        if self.bar:
            self.bar.update(self.bar.task_ids[0], text=line)
        else:
            print(f'{self.name}: {line}', file=sys.stderr)

    def close(self) -> None:
        """Remove the bar and restore the streams. May be called twice."""
        for handler, stream in self.moved:
            handler.setStream(stream)
        self.moved.clear()
        if self.bar:
            self.bar.stop()
        atexit.unregister(self.close)


def track(items: Sequence, name: str) -> Iterator:
    """Yield the items and show how many have been processed."""
    with Progress(name, len(items)) as progress:
        for done, item in enumerate(items, 1):
            yield item
            progress.update(done)
