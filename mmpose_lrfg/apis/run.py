"""From sources through the network to files, with a progress bar."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.progress import Progress

from .display import Display
from .pipeline import Background, Prefetch
from .sources import Frame, Source, count_frames, read_frames
from .streams import Reconnection
from .writer import ResultWriter

SHOWN = 5


@dataclass
class Summary:
    """What a run did."""

    frames: int = 0
    people: int = 0
    skipped: list[str] = field(default_factory=list)
    """Names of sources that do not decode."""
    problems: list[str] = field(default_factory=list)
    """A sentence on each of them."""
    dropped: int = 0
    """Frames of cameras that came too fast."""

    def __str__(self) -> str:
        text = f'{self.people} people on {self.frames} images or frames'
        if self.dropped:
            text += f'; {self.dropped} more came too fast and were left out'
        if self.skipped:
            more = ', ...' if len(self.skipped) > SHOWN else ''
            names = ', '.join(self.skipped[:SHOWN])
            text += f'; {len(self.skipped)} skipped that do not decode: {names}{more}'
        return text


@dataclass(frozen=True)
class RunOptions:
    """How frames go through.

    Args:
        batch_size (int): Images given to the network at a time; a camera's come alone.
        strict (bool): Stop at the first source that does not decode; it is skipped otherwise.
        stride (int): Of so many frames in a row of a video or stream, only the first counts.
        follow (Callable, optional): Frame and poses -> poses with ids, such as a
            :class:`.following.Follower`.
        display (Display, optional): Where drawn pictures are shown; q there ends the run.
        reconnection (Reconnection, optional): For streams that break off.

    Raises:
        UserError: If a number is out of its range.
    """

    batch_size: int = 8
    strict: bool = False
    stride: int = 1
    follow: Callable[[Frame, Poses], Poses] | None = None
    display: Display | None = None
    reconnection: Reconnection | None = None

    def __post_init__(self):
        for name in ('batch_size', 'stride'):
            if getattr(self, name) < 1:
                raise UserError(f'{name.replace("_", " ")} is 1 or more, not {getattr(self, name)}')


def predict_sources(
    predict: Callable[[Sequence[np.ndarray]], list[Poses]],
    sources: Sequence[Source],
    writer: ResultWriter,
    options: RunOptions | None = None,
    summary: Summary | None = None,
) -> Summary:
    """Predict, draw and write all sources.

    Three threads work at once: one decodes, this one runs the network, one draws and encodes.

    Args:
        predict (Callable): Images (H, W, 3) uint8 BGR -> their poses.
        sources (Sequence[Source]): What to read.
        writer (ResultWriter): Where results go; left open.
        options (RunOptions, optional): How.
        summary (Summary, optional): Is kept up to date; tells what was done before an error.

    Returns:
        Summary: What was done.

    Raises:
        UserError: If a stream fails, nothing at all decodes, or, when strict, the first thing that
            does not. What was found until then goes to ``writer`` first.
    """
    options, summary = options or RunOptions(), summary or Summary()
    progress = Progress('predicting', count_frames(sources, options.stride))
    frames = read_frames(sources, options.stride, options.reconnection)
    batches = Prefetch(batched(frames, options.batch_size), droppable=lambda batch: batch[0].live)
    try:
        with Background(writer.add) as write, batches:
            for batch in batches:
                good = [frame for frame in batch if frame.image is not None]
                note_problems(batch, summary, options.strict)
                for frame, poses in zip(good, predict([f.image for f in good]) if good else []):
                    found = options.follow(frame, poses) if options.follow else poses
                    write(frame, found)
                    summary.frames += 1
                    summary.people += len(found)
                summary.dropped = sum(map(len, batches.dropped))
                done = summary.frames + len(summary.skipped)
                progress.update(done, text=f'{summary.people} people')
                if options.display and not options.display.refresh():
                    break
    finally:
        progress.close()
    if not summary.frames and summary.problems:
        more = f', nor does any of the other {n}' if (n := len(summary.problems) - 1) else ''
        raise UserError(summary.problems[0] + more)
    return summary


def note_problems(batch: Sequence[Frame], summary: Summary, strict: bool) -> None:
    """Note what does not decode.

    Raises:
        UserError: If there is such a thing, and ``strict``.
    """
    for frame in batch:
        if frame.image is None:
            if strict:
                raise UserError(frame.source.problem)
            summary.skipped.append(frame.source.name)
            summary.problems.append(frame.source.problem)


def batched(frames: Iterator[Frame], size: int) -> Iterator[list[Frame]]:
    """Lists of ``size``, the last one shorter; a live frame comes alone, at once."""
    batch: list[Frame] = []
    for frame in frames:
        if frame.live and batch:
            yield batch
            batch = []
        batch.append(frame)
        if frame.live or len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
