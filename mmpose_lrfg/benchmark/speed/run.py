"""Measures models in interleaved repetitions, each in its own process."""

import contextlib
from collections.abc import Callable, Sequence
from functools import partial

from mmpose_lrfg.benchmark.timing import interleave, summarize
from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.utils.errors import UserError

from .calibration import people_image
from .report import PoseTiming, Result
from .settings import Settings
from .worker import Worker

Start = Callable[[Entry, Settings], Worker]


def count(settings: Settings) -> list[Result]:
    """Count parameters and multiply-adds, without timing."""
    results = [Result.of(entry, settings) for entry in settings.entries]
    for result in results:
        try:
            result.complexity = result.entry.measure(settings.img_size)
        except UserError as error:
            result.reason = str(error)
    return results


def run(settings: Settings, start: Start = Worker) -> list[Result]:
    """Measure all models.

    Args:
        settings (Settings): What and how.
        start (Callable): Starts the process of a model.

    Returns:
        list[Result]: One for each model, in the order of the settings.
    """
    first, *others = settings.entries
    size = max(settings.together - 1, 1)
    groups = [[first, *others[i : i + size]] for i in range(0, len(others), size)] or [[first]]
    results: dict[str, Result] = {}
    for group in groups:
        # The first model of later groups serves only their ratios.
        results = {**measure_together(group, settings, start), **results}
    return [results[entry.name] for entry in settings.entries]


def measure_together(
    entries: Sequence[Entry], settings: Settings, start: Start
) -> dict[str, Result]:
    """Measure models that are in memory at the same time; return the results by name.

    The first model is the reference of ratios; the other arguments are those of :func:`run`.
    """
    results, workers = {entry.name: Result.of(entry, settings) for entry in entries}, {}

    def repeat(method: str, *arguments, repetitions=1, warm_ups=0) -> dict[str, list]:
        """Call a method of all models in turns; a model that fails is not called again."""
        failures: dict[str, str] = {}
        calls = {name: partial(each.call, method, *arguments) for name, each in workers.items()}
        found = interleave(calls, repetitions, warm_ups, failures, method.replace('_', ' '))
        for name, reason in failures.items():
            results[name].reason = reason
            del workers[name]
        return found

    often = dict(repetitions=settings.repetitions, warm_ups=1)
    with contextlib.ExitStack() as stack:
        for entry in entries:
            workers[entry.name] = start(entry, settings)
            stack.callback(workers[entry.name].close)
        for name, seconds in repeat('time_network', settings.batch_size, **often).items():
            results[name].network = summarize(seconds)
        image = people_image(settings.people, settings.source_size)
        for name, (shape,) in repeat('set_image', image).items():
            results[name].input_shape = shape
        runs = repeat('time_poses', **often)
        for name, own in runs.items():
            results[name].poses = PoseTiming.of(own, runs.get(entries[0].name))
        for what in ('memory', 'complexity', 'accuracy'):
            for name, (value,) in repeat(what).items():
                setattr(results[name], what, value)
    return results
