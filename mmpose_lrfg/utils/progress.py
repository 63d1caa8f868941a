"""Progress of a task on stderr: a bar on a terminal, a line now and then elsewhere."""

import atexit
import logging
import sys
import time
from collections import deque
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as RichProgress
from rich.table import Column

WINDOW = 10.0
"""Seconds over which steps per second, and from them the time left, are measured."""


class Progress:
    """Show how many steps of a task are done, steps per second and the time left.

    On a terminal a bar stays below the lines that are printed or logged. Elsewhere, as in a file
    or a batch job, a line is printed every ``interval`` seconds::

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
        console: Console | None = None,
    ):
        self.name, self.total, self.interval = name, total, interval
        self.last_line = time.monotonic()
        self.samples = deque([(self.last_line, 0)])
        self.moved: list[tuple[logging.StreamHandler, object]] = []
        self.bar: RichProgress | None = None
        if console is not None or sys.stderr.isatty():
            self._start_bar(console or Console(stderr=True), logger)

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
        now = time.monotonic()
        self.total = self.total if total is None else total
        parts = [f'{done}' if self.total is None else f'{done}/{self.total}']
        if rate := self._rate(now, done):
            if self.total is not None:
                left = timedelta(seconds=round(max(self.total - done, 0) / rate))
                parts[0] += f', {left} left'
            parts.append(f'{rate:.1f}/s' if rate >= 1 else f'{1 / rate:.1f} s each')
        line = '  '.join([*parts, text] if text else parts)
        if self.bar:
            self.bar.update(self.task, completed=done, total=self.total, text=line)
        elif now - self.last_line >= self.interval:
            self.last_line = now
            print(f'{self.name}: {line}', file=sys.stderr)

    def close(self) -> None:
        """Remove the bar and restore the streams. May be called twice."""
        bar, self.bar = self.bar, None
        if bar is None:
            return
        for handler, stream in self.moved:
            handler.setStream(stream)
        bar.stop()
        atexit.unregister(self.close)

    def _rate(self, now: float, done: int) -> float:
        """Return the steps per second of the last ``WINDOW`` seconds, or of the last step."""
        if now - self.samples[-1][0] >= WINDOW / 100:
            self.samples.append((now, done))
        while len(self.samples) > 2 and now - self.samples[1][0] >= WINDOW:
            self.samples.popleft()
        before, count = self.samples[0]
        return max(done - count, 0) / max(now - before, 1e-9)

    def _start_bar(self, console: Console, logger: logging.Logger | None) -> None:
        self.bar = RichProgress(
            TextColumn('{task.description}', table_column=Column(min_width=len(self.name))),
            BarColumn(bar_width=20, table_column=Column(min_width=8)),
            # On a narrow terminal this one is cut off.
            TextColumn('{task.fields[text]}', style='cyan', table_column=Column(no_wrap=True)),
            console=console,
            transient=True,
            # Results that are piped elsewhere must not appear on the terminal instead.
            redirect_stdout=sys.stdout.isatty(),
        )
        # '[' opens markup in rich.
        description = self.name.replace('[', r'\[')
        self.task = self.bar.add_task(description, total=self.total, text='')
        streams = (sys.stdout, sys.stderr)
        self.bar.start()
        # rich replaced the streams by proxies; handlers still hold the originals.
        for handler in logger.handlers if logger else ():
            if type(handler) is logging.StreamHandler and handler.stream in streams:
                self.moved.append((handler, handler.stream))
                handler.setStream(sys.stderr)
        # A bar that is not closed leaves the terminal without its cursor.
        atexit.register(self.close)
