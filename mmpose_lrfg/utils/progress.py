"""One line in the terminal that counts images: done of all, time passed, time left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


@contextmanager
def image_bar(doing: str, at_once: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Show a bar while the block runs.

    Args:
        doing (str): What is done to the images, before the bar.
        at_once (bool): Show it from the start. Otherwise it appears with the first image: an error
            or work that is complete already needs no bar.

    Yields:
        Callable: To be called with the number of images done and of all.
    """
    columns = (
        TextColumn(doing),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn('left'),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as bar:
        task = bar.add_task('images', total=None, visible=at_once)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)
