"""Measures models in interleaved repetitions, each in its own process."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from mmpose_lrfg.benchmark.timing import WARM_UPS, CandidateError, interleave, summarize
from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.utils.errors import UserError

from .calibration import people_image
from .report import PoseTiming, Result
from .settings import Settings
from .worker import Worker

# Sizes are multiples of our coarsest stride, 64.
SWEEPS = {'people': (0, 1, 5, 20, 50), 'size': (320, 512, 640, 960)}
SWEEP_LABELS = {'people': 'people in the image', 'size': 'side of the input, pixels'}
OnProgress = Callable[[int, int, str], None]
Points = dict[str, list[tuple[float, float]]]


def new_result(entry: Entry, settings: Settings) -> Result:
    """Return the result of a model before anything is measured."""
    shape = entry.shape_for(settings.shape)
    return Result(entry, shape, random=entry.name not in settings.checkpoints)


def count(settings: Settings, on_progress: OnProgress = lambda *step: None) -> list[Result]:
    """Count parameters and multiply-adds, without timing."""
    results = []
    for number, entry in enumerate(settings.entries):
        on_progress(number, len(settings.entries), entry.name)
        results.append(new_result(entry, settings))
        try:
            results[-1].complexity = entry.measure(settings.shape)
        except UserError as error:
            results[-1].reason = str(error)
    return results


def groups(entries: Sequence[Entry], most: int) -> Iterator[list[Entry]]:
    """Return groups of at most ``most`` (two or more) entries, the first one in each of them."""
    first, others = entries[0], entries[1:]
    step = max(most - 1, 1)
    if not others:
        yield [first]
    for start in range(0, len(others), step):
        yield [first, *others[start : start + step]]


def run(
    settings: Settings,
    start: Callable[[Entry, Settings], Worker] = Worker,
    on_progress: OnProgress = lambda *step: None,
) -> list[Result]:
    """Measure all models.

    Args:
        settings (Settings): What and how.
        start (Callable): Starts the process of a model.
        on_progress (Callable): Called with steps done, all steps, and what is done.

    Returns:
        list[Result]: One for each model, in the order of the settings.
    """
    results: dict[str, Result] = {}
    parts = list(groups(settings.entries, settings.together))
    turns = (settings.repetitions + WARM_UPS) * (1 + len(settings.people))
    total, done = sum(map(len, parts)) * (1 + turns), 0

    def step(text: str) -> None:
        nonlocal done
        done += 1
        on_progress(done, total, text)

    for group in parts:
        measured = Group(group, settings, start, step).measure()
        # The first model of later groups serves only their ratios.
        results = {**measured, **results}
    return [results[entry.name] for entry in settings.entries]


class Group:
    """Models that are in memory at the same time.

    Args:
        entries (Sequence[Entry]): The first is the reference of ratios.
        settings (Settings): How they are measured.
        start (Callable): As in :func:`run`.
        step (Callable): Called before every step with its description.
    """

    def __init__(self, entries, settings: Settings, start, step: Callable[[str], None]):
        self.entries, self.settings, self.start, self.step = entries, settings, start, step
        self.results = {entry.name: new_result(entry, settings) for entry in entries}
        self.workers: dict[str, Worker] = {}

    def measure(self) -> dict[str, Result]:
        """Measure everything; return the results by name."""
        with contextlib.ExitStack() as stack:
            for entry in self.entries:
                self.step(f'loading {entry.name}')
                worker = self.start(entry, self.settings)
                stack.callback(worker.close)
                self.workers[entry.name] = worker
                self.call(entry.name, 'input_shape')
            for batch in self.settings.batches:
                for name, seconds in self.repeat('time_network', [*self.workers], batch).items():
                    self.results[name].network[batch] = summarize(seconds)
            for people in self.settings.people:
                self.time_poses(people)
            for name in list(self.workers):
                self.results[name].memory = self.call(name, 'memory')
                self.results[name].complexity = self.call(name, 'complexity')
                if self.settings.data and name in self.settings.checkpoints:
                    self.results[name].accuracy = self.call(name, 'accuracy')
        return self.results

    def time_poses(self, people: int) -> None:
        """Time the way from an image of so many people to their poses."""
        image = people_image(people, self.settings.image)
        names = [n for n in self.workers if not self.results[n].entry.no_poses]
        for name in names:
            if shape := self.call(name, 'set_image', image):
                self.results[name].input_shape = tuple(shape)
        runs = self.repeat('time_poses', [name for name in names if name in self.workers])
        reference = runs.get(self.entries[0].name)
        for name, own in runs.items():
            self.results[name].poses[people] = PoseTiming.of(own, reference)

    def call(self, name: str, method: str, *arguments):
        """Call a method of a model; None if it fails, or has failed before."""
        if name not in self.workers:
            return None
        try:
            return self.workers[name].call(method, *arguments)
        except CandidateError as error:
            self.fail(name, str(error))
            return None

    def repeat(self, method: str, names: Sequence[str], *arguments) -> dict[str, list]:
        """Call a method of several models in interleaved repetitions."""
        failures: dict[str, str] = {}
        calls = {name: partial(self.workers[name].call, method, *arguments) for name in names}
        found = interleave(calls, self.settings.repetitions, failures=failures, on_turn=self.step)
        for name, reason in failures.items():
            self.fail(name, reason)
        return found

    def fail(self, name: str, reason: str) -> None:
        """Leave a model out of what follows."""
        self.results[name].reason = reason
        del self.workers[name]


@dataclass(frozen=True)
class Sweep:
    """Results (of the largest size, with failures at any), and points by title of the model.

    A point is the number of people or the side in pixels, and milliseconds.
    """

    results: list[Result]
    points: Points


def sweep(
    what: str,
    settings: Settings,
    start: Callable[[Entry, Settings], Worker] = Worker,
    on_progress: OnProgress = lambda *step: None,
) -> Sweep:
    """Measure how the time grows with the number of people, or with the size of input and image.

    A top-down model's crops and the input of its detector keep their size.

    Args:
        what (str): A key of :data:`SWEEPS`.
        settings (Settings), start (Callable), on_progress (Callable): As in :func:`run`.

    """
    points: Points = {}
    if what == 'people':
        if len(settings.people) < 2:
            settings = replace(settings, people=SWEEPS['people'])
        results = run(settings, start, on_progress)
        for row in results:
            points[row.entry.title] = [(number, t.median) for number, t in row.poses.items()]
        return Sweep(results, {title: line for title, line in points.items() if line})
    failures: dict[str, str] = {}
    for side in SWEEPS['size']:
        square = dict(shape=(side, side), image=(side, side), people=settings.people[:1])
        results = run(replace(settings, **square), start, on_progress)
        for row in results:
            if row.reason:
                failures[row.entry.name] = f'at {side} pixels, {row.reason}'
            for timing in row.poses.values():
                points.setdefault(row.entry.title, []).append((side, timing.median))
    for row in results:
        row.reason = failures.get(row.entry.name, '')
    return Sweep(results, points)
