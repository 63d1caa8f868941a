"""Measures models in interleaved repetitions, each in its own process."""

import contextlib
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from mmpose_lrfg.benchmark.timing import WARM_UPS, interleave, summarize
from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.utils.errors import UserError

from .calibration import people_image
from .report import PoseTiming, Result
from .settings import Settings
from .worker import Worker

# Sizes are multiples of our coarsest stride, 64.
SWEEPS = {'people': (0, 1, 5, 20, 50), 'size': (320, 512, 640, 960)}
SWEEP_LABELS = {'people': 'people in the image', 'size': 'side of the input, pixels'}
Start = Callable[[Entry, Settings], Worker]
OnProgress = Callable[[int, int, str], None]


def count(settings: Settings, on_progress: OnProgress = lambda *step: None) -> list[Result]:
    """Count parameters and multiply-adds, without timing."""
    results = []
    for number, entry in enumerate(settings.entries):
        on_progress(number, len(settings.entries), entry.name)
        results.append(Result.of(entry, settings))
        try:
            results[-1].complexity = entry.measure(settings.shape)
        except UserError as error:
            results[-1].reason = str(error)
    return results


def run(
    settings: Settings, start: Start = Worker, on_progress: OnProgress = lambda *step: None
) -> list[Result]:
    """Measure all models.

    Args:
        settings (Settings): What and how.
        start (Callable): Starts the process of a model.
        on_progress (Callable): Called with steps done, all steps, and the name of the model.

    Returns:
        list[Result]: One for each model, in the order of the settings.
    """
    first, *others = settings.entries
    size = max(settings.together - 1, 1)
    groups = [[first, *others[i : i + size]] for i in range(0, len(others), size)] or [[first]]
    turns = (settings.repetitions + WARM_UPS) * (len(settings.batches) + len(settings.people))
    turns += len(settings.people) + 2  # images to set, memory and complexity
    total, done = turns * sum(map(len, groups)), itertools.count(1)
    results: dict[str, Result] = {}
    for group in groups:
        measured = Group(group, settings, start, lambda name: on_progress(next(done), total, name))
        # The first model of later groups serves only their ratios.
        results = {**measured.measure(), **results}
    return [results[entry.name] for entry in settings.entries]


class Group:
    """Models that are in memory at the same time.

    Args:
        entries (Sequence[Entry]): The first is the reference of ratios.
        settings (Settings): How they are measured.
        start (Callable): As in :func:`run`.
        on_turn (Callable): Called with the name of a model before every measurement.
    """

    def __init__(self, entries: Sequence[Entry], settings: Settings, start: Start, on_turn):
        self.settings, self.start, self.on_turn = settings, start, on_turn
        self.results = {entry.name: Result.of(entry, settings) for entry in entries}
        self.workers: dict[str, Worker] = {}

    def measure(self) -> dict[str, Result]:
        """Measure everything; return the results by name."""
        settings, results = self.settings, self.results
        with contextlib.ExitStack() as stack:
            for name, result in results.items():
                self.workers[name] = self.start(result.entry, settings)
                stack.callback(self.workers[name].close)
            for batch in settings.batches:
                for name, seconds in self.repeat('time_network', results, batch).items():
                    results[name].network[batch] = summarize(seconds)
            for people in settings.people:
                self.time_poses(people)
            evaluated = [name for name in results if settings.data and not results[name].random]
            for what, names in dict(memory=results, complexity=results, accuracy=evaluated).items():
                for name, value in self.call(what, names).items():
                    setattr(results[name], what, value)
        return results

    def time_poses(self, people: int) -> None:
        """Time the way from an image of so many people to their poses."""
        names = [name for name, result in self.results.items() if not result.entry.no_poses]
        image = people_image(people, self.settings.image)
        for name, shape in self.call('set_image', names, image).items():
            self.results[name].input_shape = shape
        runs = self.repeat('time_poses', names)
        reference = runs.get(next(iter(self.results)))
        for name, own in runs.items():
            self.results[name].poses[people] = PoseTiming.of(own, reference)

    def call(self, method: str, names: Iterable[str], *arguments) -> dict[str, Any]:
        """Call a method of models once; return the results of those that do not fail."""
        found = self.repeat(method, names, *arguments, repetitions=1, warm_ups=0)
        return {name: value for name, (value,) in found.items()}

    def repeat(self, method: str, names: Iterable[str], *arguments, **options) -> dict[str, list]:
        """Call a method of models in interleaved repetitions; leave out those that fail."""
        failures: dict[str, str] = {}
        calls = {
            name: partial(self.workers[name].call, method, *arguments)
            for name in names
            if name in self.workers
        }
        options = {'repetitions': self.settings.repetitions, 'on_turn': self.on_turn, **options}
        found = interleave(calls, failures=failures, **options)
        for name, reason in failures.items():
            self.results[name].reason = reason
            del self.workers[name]
        return found


class Sweep(NamedTuple):
    """Results of the largest size or all numbers of people, and points by title of the model.

    A point is the number of people or the side in pixels, and milliseconds.
    """

    results: list[Result]
    points: dict[str, list[tuple[float, float]]]


def sweep(
    what: str,
    settings: Settings,
    start: Start = Worker,
    on_progress: OnProgress = lambda *step: None,
) -> Sweep:
    """Measure how the time grows with the number of people, or with the size of input and image.

    A top-down model's crops and the input of its detector keep their size.

    Args:
        what (str): A key of :data:`SWEEPS`.
        settings (Settings), start (Callable), on_progress (Callable): As in :func:`run`.
    """
    runs = {None: settings}
    if what == 'size':
        people = settings.people[:1]
        runs = {
            side: replace(settings, shape=(side, side), image=(side, side), people=people)
            for side in SWEEPS['size']
        }
    elif len(settings.people) < 2:
        runs = {None: replace(settings, people=SWEEPS['people'])}
    points, failures = defaultdict(list), {}
    for side, each in runs.items():
        results = run(each, start, on_progress)
        for row in results:
            if row.reason:
                failures[row.entry.name] = f'at {side} pixels, {row.reason}' if side else row.reason
            for people, timing in row.poses.items():
                points[row.entry.title].append((side or people, timing.median))
    for row in results:
        row.reason = failures.get(row.entry.name, '')
    return Sweep(results, dict(points))
