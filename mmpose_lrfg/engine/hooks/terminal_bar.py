"""One rich progress bar that log lines do not tear."""

import atexit
import logging
import sys

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column


class TerminalBar:
    """A bar on stderr.

    Args:
        name (str): What is running.
        total (int, optional): How many steps it has; None where there is no end.
        logger (logging.Logger): Its console lines go above the bar while that is shown.
        console (Console, optional): Where to draw. Defaults to stderr.
    """

    def __init__(
        self,
        name: str,
        total: int | None,
        logger: logging.Logger,
        console: Console | None = None,
    ):
        self.progress = Progress(
            TextColumn('{task.description}', table_column=Column(min_width=len(name))),
            BarColumn(bar_width=20, table_column=Column(min_width=8)),
            MofNCompleteColumn(table_column=Column(min_width=2 * len(str(total)) + 1)),
            TimeRemainingColumn(table_column=Column(min_width=7)),
            # On a narrow terminal this one gives way.
            TextColumn('{task.fields[text]}', style='cyan', table_column=Column(no_wrap=True)),
            console=console or Console(stderr=True),
            transient=True,
        )
        # Escaped: '[' opens markup in rich.
        self.task = self.progress.add_task(name.replace('[', r'\['), total=total, text='')
        self.closed = False
        streams = (sys.stdout, sys.stderr)
        self.progress.start()
        # rich has put proxies in place of both streams; handlers still hold the originals.
        self.moved = []
        for handler in logger.handlers:
            if type(handler) is logging.StreamHandler and handler.stream in streams:
                self.moved.append((handler, handler.stream))
                handler.setStream(sys.stdout)
        # An unclosed bar leaves the terminal without its cursor.
        atexit.register(self.close)

    def update(self, done: int, text: str = '') -> None:
        """Show ``done`` steps and ``text`` beside the bar."""
        self.progress.update(self.task, completed=done, text=text)

    def close(self) -> None:
        """Remove the bar and give the streams back. May be called twice."""
        if self.closed:
            return
        self.closed = True
        for handler, stream in self.moved:
            handler.setStream(stream)
        self.progress.stop()
        atexit.unregister(self.close)
