"""Progress of a task on stderr: a bar on a terminal, a line now and then elsewhere."""

import atexit
import logging
import math
import sys
import time
from datetime import timedelta

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as RichProgress
from rich.table import Column


class Progress:
    """Show how many steps of a task are done, steps per second and the time left.

    On a terminal a bar stays below the lines that are printed or logged. Elsewhere, as in a file
    or a batch job, a line is printed every ``interval`` seconds. The rate is that of the last 1000
    updates, without the first step::

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
        self.name = name
        self.moved: list[tuple[logging.StreamHandler, object]] = []
        self.bar = RichProgress(
            TextColumn('{task.description}', table_column=Column(min_width=len(name))),
            BarColumn(bar_width=20, table_column=Column(min_width=8)),
            # On a narrow terminal this one is cut off.
            TextColumn('{task.fields[text]}', style='cyan', table_column=Column(no_wrap=True)),
            console=console or Console(stderr=True),
            transient=True,
            # Results that are piped elsewhere must not appear on the terminal instead.
            redirect_stdout=sys.stdout.isatty(),
            disable=console is None and not sys.stderr.isatty(),
            speed_estimate_period=math.inf,
            get_time=time.monotonic,
        )
        # rich draws ten times a second.
        self.interval = interval if self.bar.disable else 0.1
        self.next_line = time.monotonic() + interval if self.bar.disable else 0.0
        self.bar.add_task(escape(name), total=total, text='')
        streams = (sys.stdout, sys.stderr)
        self.bar.start()
        # rich replaced the streams by proxies; handlers still hold the originals.
        for handler in logger.handlers if logger and not self.bar.disable else ():
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
        (task,) = self.bar.tasks
        self.bar.update(task.id, completed=done, total=total)
        now = time.monotonic()
        if now < self.next_line:
            return
        self.next_line = now + self.interval
        line = f'{done}' if task.total is None else f'{done}/{task.total}'
        if task.time_remaining is not None:
            line += f', {timedelta(seconds=task.time_remaining)} left'
        if rate := task.speed:
            line += f'  {rate:.1f}/s' if rate >= 1 else f'  {1 / rate:.1f} s each'
        line += f'  {text}' if text else ''
        if self.bar.disable:
            print(f'{self.name}: {line}', file=sys.stderr)
        else:
            self.bar.update(task.id, text=line)

    def close(self) -> None:
        """Remove the bar and restore the streams. May be called twice."""
        for handler, stream in self.moved:
            handler.setStream(stream)
        self.moved.clear()
        if not self.bar.disable:
            self.bar.stop()
        atexit.unregister(self.close)
