"""From sources through the network to files, with a progress bar."""

import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import TypeVar

import numpy as np

from mmpose_lrfg.engine.hooks.terminal_bar import TerminalBar
from mmpose_lrfg.errors import UserError
from mmpose_lrfg.runtime import Poses

from .sources import Frame, Source, count_frames, read_frames
from .writer import ResultWriter

T = TypeVar('T')
SHOWN = 5


@dataclass
class Summary:
    """What a run did."""

    frames: int = 0
    people: int = 0
    skipped: list[str] = field(default_factory=list)
    """Names of sources that do not decode."""

    def __str__(self) -> str:
        text = f'{self.people} people on {self.frames} images or frames'
        if self.skipped:
            more = ', ...' if len(self.skipped) > SHOWN else ''
            names = ', '.join(self.skipped[:SHOWN])
            text += f'; {len(self.skipped)} skipped that do not decode: {names}{more}'
        return text


def predict_sources(
    predict: Callable[[Sequence[np.ndarray]], list[Poses]],
    sources: Sequence[Source],
    writer: ResultWriter,
    batch_size: int = 8,
    strict: bool = False,
    summary: Summary | None = None,
) -> Summary:
    """Predict, draw and write all sources; images are decoded while the network runs.

    Args:
        predict (Callable): Images (H, W, 3) uint8 BGR -> their poses.
        sources (Sequence[Source]): What to read.
        writer (ResultWriter): Where results go; left open.
        batch_size (int): Images given to ``predict`` at a time.
        strict (bool): Stop at the first source that does not decode; it is skipped otherwise.
        summary (Summary, optional): Is kept up to date; tells what was done before an error.

    Returns:
        Summary: What was done.

    Raises:
        UserError: With ``strict``.
    """
    summary = summary or Summary()
    progress = Progress(count_frames(sources))
    try:
        for frames in ahead(batched(read_frames(sources), batch_size)):
            good = [frame for frame in frames if frame.image is not None]
            for frame in frames:
                if frame.image is None:
                    if strict:
                        raise UserError(f'{frame.source.path} does not decode')
                    summary.skipped.append(frame.source.name)
            for frame, poses in zip(good, predict([f.image for f in good]) if good else []):
                writer.add(frame, poses)
                summary.frames += 1
                summary.people += len(poses)
            progress.update(summary.frames + len(summary.skipped), f'{summary.people} people')
    finally:
        progress.close()
    return summary


def batched(items: Iterator[Frame], size: int) -> Iterator[list[Frame]]:
    """Lists of ``size``, the last one shorter."""
    while batch := list(islice(items, size)):
        yield batch


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, each made in another thread while the one before is in use."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, items, None)
        while (item := waiting.result()) is not None:
            waiting = pool.submit(next, items, None)
            yield item


class Progress:
    """A bar with the time left on a terminal; elsewhere a line on stderr every ``seconds``.

    Args:
        total (int): Images and frames.
    """

    def __init__(self, total: int, seconds: float = 30.0):
        self.total, self.seconds = total, seconds
        self.start = self.last = time.monotonic()
        logger = logging.getLogger('mmpose_lrfg')
        self.bar = TerminalBar('predicting', total, logger) if sys.stderr.isatty() else None

    def update(self, done: int, text: str) -> None:
        """Show that ``done`` of them are through."""
        now = time.monotonic()
        if self.bar:
            self.bar.update(done, text)
        elif now - self.last >= self.seconds:
            self.last = now
            pace = (now - self.start) / max(done, 1)
            left = timedelta(seconds=round(pace * max(self.total - done, 0)))
            print(f'predicting: {done}/{self.total}, {left} left  {text}', file=sys.stderr)

    def close(self) -> None:
        """Take the bar away."""
        if self.bar:
            self.bar.close()
