"""Rounds: every model once in each, so that what disturbs the machine disturbs all alike."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from .processes import WorkerError

WARM_UPS = 1


class Asked(Protocol):
    """What answers requests: a process, or a stand-in in tests."""

    def ask(self, **request) -> dict: ...


class Rounds:
    """Runs jobs in rounds and keeps what was answered.

    Args:
        workers (Mapping[str, Asked]): By the name of the model; one that fails is left out of
            what follows.

    Attributes:
        failures (dict[str, str]): Why, of those that failed.
    """

    def __init__(self, workers: Mapping[str, Asked]):
        self.workers = dict(workers)
        self.failures = {}

    def ask(self, name: str, /, **request) -> dict | None:
        """The answer of one model; None if it fails, which puts it out of the race."""
        try:
            return self.workers[name].ask(**request)
        except WorkerError as error:
            self.failures[name] = str(error)
            del self.workers[name]
            return None

    def run(
        self,
        jobs: Mapping[str, Sequence[dict]],
        rounds: int,
        on_progress: Callable[[], None] = lambda: None,
    ) -> dict[str, list[list[dict]]]:
        """Do every job of every model once in each round, beginning with another model each time.

        Args:
            jobs (Mapping[str, Sequence[dict]]): Requests, by model.
            rounds (int): After one that does not count.
            on_progress (Callable): Called after every model's turn.

        Returns:
            dict: By model, for each job the answers of the rounds. Models that failed are not
            there.
        """
        answers = defaultdict(lambda: defaultdict(list))
        names = list(jobs)
        for number in range(rounds + WARM_UPS):
            for place in range(len(names)):
                name = names[(number + place) % len(names)]
                for index, job in enumerate(jobs[name]):
                    if name not in self.workers:
                        break
                    answer = self.ask(name, **job)
                    if answer is not None and number >= WARM_UPS:
                        answers[name][index].append(answer)
                on_progress()
        return {
            name: [answers[name][index] for index in range(len(jobs[name]))]
            for name in names
            if name in self.workers
        }
