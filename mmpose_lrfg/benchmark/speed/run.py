"""Measures models in interleaved repetitions, each in its own process."""

import contextlib
import itertools
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from mmpose_lrfg.benchmark.timing import WARM_UPS, interleave, summarize
from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.utils.errors import UserError

from .calibration import PeopleImage, people_image
from .report import PoseTiming, Result
from .settings import Settings
from .worker import Worker

Start = Callable[[Entry, Settings], Worker]
OnProgress = Callable[[int, int, str], None]


def count(settings: Settings, on_progress: OnProgress = lambda *step: None) -> list[Result]:
    """Count parameters and multiply-adds, without timing."""
    results = []
    for number, entry in enumerate(settings.entries):
        on_progress(number, len(settings.entries), entry.name)
        results.append(Result.of(entry, settings))
        try:
            results[-1].complexity = entry.measure(settings.img_size)
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
    turns = 2 * (settings.repetitions + WARM_UPS) + 3  # image to set, memory and complexity
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
            for name, seconds in self.repeat('time_network', results, settings.batch_size).items():
                results[name].network = summarize(seconds)
            self.time_poses(people_image(settings.people, settings.source_size))
            evaluated = [name for name in results if settings.data and not results[name].random]
            for what, names in dict(memory=results, complexity=results, accuracy=evaluated).items():
                for name, value in self.call(what, names).items():
                    setattr(results[name], what, value)
        return results

    def time_poses(self, image: PeopleImage) -> None:
        """Time the way from an image to its poses."""
        for name, (shape, note) in self.call('set_image', self.results, image).items():
            self.results[name].input_shape, self.results[name].note = shape, note
        runs = self.repeat('time_poses', self.results)
        reference = runs.get(next(iter(self.results)))
        for name, own in runs.items():
            self.results[name].poses = PoseTiming.of(own, reference)

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
