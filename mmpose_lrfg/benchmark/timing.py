"""Interleaved timing of several candidates, comparable on a machine that is not quiet.

Every repetition calls each candidate once and starts with another one, so that a disturbance
affects all of them. Ratios are taken within a repetition.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Result = TypeVar('Result')
WARM_UPS = 1


class CandidateError(Exception):
    """A candidate that cannot be measured; the message is the reason in one sentence."""


@dataclass
class Timing:
    """Summary of the repetitions of one candidate.

    Args:
        median, p90 (float): Milliseconds.
        ratio (float | None): Median over the repetitions of the time divided by that of the first
            candidate in the same repetition; None where that one was not measured.
    """

    median: float
    p90: float
    ratio: float | None = None


def summarize(seconds: Sequence[float], reference: Sequence[float] | None = None) -> Timing:
    """Summarize repetitions; ``reference`` holds the seconds of the first candidate in them."""
    times = np.asarray(seconds)
    ratio = None if reference is None else float(np.median(times / np.asarray(reference)))
    return Timing(1000 * float(np.median(times)), 1000 * float(np.percentile(times, 90)), ratio)


def interleave(
    candidates: Mapping[str, Callable[[], Result]],
    repetitions: int,
    warm_ups: int = WARM_UPS,
    failures: dict[str, str] | None = None,
    on_turn: Callable[[str], None] = lambda name: None,
) -> dict[str, list[Result]]:
    """Call every candidate once in each repetition.

    Args:
        candidates (Mapping[str, Callable]): By name; each returns its measurement.
        repetitions (int): How many measurements each gives.
        warm_ups (int): Repetitions before them, whose measurements are discarded.
        failures (dict, optional): Gets the reasons of candidates that raise a
            :class:`CandidateError`; they are not called again. By default the error is raised.
        on_turn (Callable): Called with the name of the candidate whose turn comes.

    Returns:
        dict[str, list]: Measurements of the candidates that did not fail.
    """
    names, failed = list(candidates), set()
    results = {name: [] for name in names}
    for number in range(warm_ups + repetitions):
        for place in range(len(names)):
            name = names[(number + place) % len(names)]
            on_turn(name)
            if name in failed:
                continue
            try:
                result = candidates[name]()
            except CandidateError as error:
                if failures is None:
                    raise
                failures[name] = str(error)
                failed.add(name)
                continue
            if number >= warm_ups:
                results[name].append(result)
    return {name: found for name, found in results.items() if name not in failed}


def synchronizer(device: str) -> Callable[[], None]:
    """Return a function that waits until the work given to a torch device is done."""
    if not str(device).startswith('cuda'):
        return lambda: None
    import torch

    return lambda: torch.cuda.synchronize(device)


def timed(
    call: Callable[[], object],
    synchronize: Callable[[], None] = lambda: None,
    clock: Callable[[], float] | None = None,
) -> Callable[[], float]:
    """Return a function that calls ``call`` and returns the seconds it took."""

    def run() -> float:
        now = clock or time.perf_counter
        synchronize()
        start = now()
        call()
        synchronize()
        return now() - start

    return run


class StageTimer:
    """Adds up the time spent in wrapped methods, without that of wrapped methods inside them.

    Args:
        synchronize (Callable): As :func:`synchronizer` returns it.
    """

    def __init__(self, synchronize: Callable[[], None] = lambda: None):
        self.synchronize = synchronize
        self.seconds = defaultdict(float)
        self._inner = []

    def wrap(self, owner: object, name: str, stage: str) -> None:
        """Count calls of ``owner.name`` as ``stage``."""
        call = getattr(owner, name)

        def wrapped(*args, **kwargs):
            self.synchronize()
            self._inner.append(0.0)
            start = time.perf_counter()
            try:
                result = call(*args, **kwargs)
                self.synchronize()
                return result
            finally:
                spent = time.perf_counter() - start
                self.seconds[stage] += spent - self._inner.pop()
                if self._inner:
                    self._inner[-1] += spent

        # Not setattr: torch would register a wrapped module's forward as an attribute, too.
        object.__setattr__(owner, name, wrapped)

    def pop(self) -> dict[str, float]:
        """Return the seconds by stage since the last call, and reset them."""
        taken = dict(self.seconds)
        self.seconds.clear()
        return taken
