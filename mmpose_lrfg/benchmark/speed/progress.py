"""A bar on stderr, with the time that is left."""

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


@contextlib.contextmanager
def shown() -> Iterator[Callable[[str, int, int], None]]:
    """Yield what is to be called with what is being done, and steps done and in all."""
    columns = (TextColumn('{task.description}'), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task('starting', total=None)
        yield lambda doing, done, total: progress.update(
            task, description=doing, completed=done, total=total
        )
