"""Interleaved timing of several candidates, comparable on a machine that is not quiet.

Every repetition calls each candidate once and starts with another one, so that a disturbance
affects all of them. Ratios are taken within a repetition.
"""

import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from mmpose_lrfg.utils.progress import Progress


class CandidateError(Exception):
    """A candidate that cannot be measured; the message is the reason in one sentence."""


@dataclass
class Timing:
    """Summary of the repetitions of one candidate."""

    median: float  # milliseconds
    p90: float
    # Median over the repetitions of the time divided by that of the first candidate.
    ratio: float | None = None


def summarize(seconds: Sequence[float], reference: Sequence[float] | None = None) -> Timing:
    """Summarize repetitions; ``reference`` holds the seconds of the first candidate in them."""
    times = np.asarray(seconds)
    ratio = None if reference is None else float(np.median(times / np.asarray(reference)))
    return Timing(1000 * float(np.median(times)), 1000 * float(np.percentile(times, 90)), ratio)


def interleave(
    candidates: Mapping[str, Callable[[], Any]],
    repetitions: int,
    warm_ups: int = 1,
    failures: dict[str, str] | None = None,
    title: str = 'timing',
) -> dict[str, list]:
    """Call every candidate once in each repetition.

    Args:
        candidates (Mapping[str, Callable]): By name; each returns its measurement.
        repetitions (int): Measurements of each candidate.
        warm_ups (int): Repetitions before them, whose measurements are discarded.
        failures (dict, optional): Gets the reasons of candidates that raise a
            :class:`CandidateError`; they are not called again.
        title (str): Of the progress bar.

    Returns:
        dict[str, list]: Measurements of the candidates that did not fail.
    """
    failures = {} if failures is None else failures
    names, done = list(candidates), itertools.count()
    results = {name: [] for name in names}
    with Progress(title, len(names) * (warm_ups + repetitions)) as progress:
        for number in range(warm_ups + repetitions):
            start = number % max(len(names), 1)
            for name in names[start:] + names[:start]:
                progress.update(next(done), text=name)
                if name in failures:
                    continue
                try:
                    results[name].append(candidates[name]())
                except CandidateError as error:
                    failures[name] = str(error)
    return {name: found[warm_ups:] for name, found in results.items() if name not in failures}


def synchronizer(device: str) -> Callable[[], None]:
    """Return a function that waits until the work given to a torch device is done."""
    cuda = str(device).startswith('cuda')
    return partial(torch.cuda.synchronize, device) if cuda else lambda: None


def timed(
    call: Callable[[], object], synchronize: Callable[[], None] = lambda: None
) -> Callable[[], float]:
    """Return a function that calls ``call`` and returns the seconds it took."""

    def run() -> float:
        synchronize()
        start = time.perf_counter()
        call()
        synchronize()
        return time.perf_counter() - start

    return run


class StageTimer:
    """Adds up the time by stage; a wrapped method inside another one interrupts its stage.

    Args:
        synchronize (Callable): As :func:`synchronizer` returns it.
        clock (Callable, optional): Returns the time in seconds (default: ``time.perf_counter``).
    """

    def __init__(
        self,
        synchronize: Callable[[], None] = lambda: None,
        clock: Callable[[], float] | None = None,
    ):
        self.synchronize, self.clock = synchronize, clock or time.perf_counter
        self.seconds = defaultdict(float)
        self.stage: str | None = None
        self.since = 0.0

    def wrap(self, owner: object, name: str, stage: str, after: str | None = None) -> None:
        """Count calls of ``owner.name`` as ``stage``.

        Args:
            owner (object), name (str): An object and the name of its method.
            stage (str): Stage during the call.
            after (str, optional): Stage after a call inside another stage; by default that one.
        """
        call = getattr(owner, name)

        def wrapped(*args, **kwargs):
            outer = self._enter(stage)
            try:
                return call(*args, **kwargs)
            finally:
                self._enter(outer and (after or outer))

        # Not setattr: torch would register a wrapped module's forward as an attribute, too.
        object.__setattr__(owner, name, wrapped)

    def _enter(self, stage: str | None) -> str | None:
        """Change the stage; return the one before."""
        self.synchronize()
        now = self.clock()
        if self.stage:
            self.seconds[self.stage] += now - self.since
        before, self.stage, self.since = self.stage, stage, now
        return before

    def pop(self) -> dict[str, float]:
        """Return the seconds by stage since the last call, and reset them."""
        taken = dict(self.seconds)
        self.seconds.clear()
        return taken
