"""A whole benchmark: processes, pictures, rounds, rows."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mmpose_lrfg.benchmark.entry import Entry

from .processes import WorkerProcess
from .rounds import WARM_UPS, Rounds
from .rows import Row, new_row
from .scenes import take_picture
from .settings import Settings

Progress = Callable[[str, int, int], None]


def run(
    settings: Settings,
    start: Callable[[], object] | None = None,
    on_progress: Progress = lambda doing, done, total: None,
) -> list[Row]:
    """Measure all models.

    Args:
        settings (Settings): What and how.
        start (Callable, optional): Makes what answers for one model, with ``ask`` and ``close``; a
            process by default.
        on_progress (Callable): Called with what is being done, and steps done and in all.

    Returns:
        list[Row]: One for each model, in the order of the settings; of those that failed with the
        reason.
    """
    start = start or (lambda: WorkerProcess(settings.threads, settings.timeout))
    rows = {entry.name: new_row(entry, settings) for entry in settings.entries}
    groups = list(together(settings.entries, settings.together))
    turns = (settings.rounds + WARM_UPS) * (1 + len(settings.people))
    total = sum(len(group) for group in groups) * (1 + turns)
    steps = Steps(on_progress, total)
    with tempfile.TemporaryDirectory() as folder:
        steps.say('rendering pictures')
        pictures = take_pictures(settings, Path(folder))
        for number, group in enumerate(groups):
            measure_group(group, settings, pictures, rows, start, steps, again=number > 0)
    return list(rows.values())


def together(entries: Sequence[Entry], most: int) -> Iterator[Sequence[Entry]]:
    """Groups of at most ``most``, at least two, the first entry in each of them."""
    first, others = entries[0], entries[1:]
    step = max(most - 1, 1)
    if not others:
        yield [first]
    for place in range(0, len(others), step):
        yield [first, *others[place : place + step]]


def take_pictures(settings: Settings, folder: Path) -> dict[int, str]:
    """Files of the pictures, by their number of people."""
    files = {}
    for people in settings.people:
        path = folder / f'{people}.npz'
        take_picture(people, settings.image).save(path)
        files[people] = str(path)
    return files


class Steps:
    """Counts what was done."""

    def __init__(self, on_progress: Progress, total: int):
        self.on_progress, self.total, self.done = on_progress, total, 0
        self.doing = ''

    def say(self, doing: str) -> None:
        """Name what comes next."""
        self.doing = doing
        self.on_progress(doing, self.done, self.total)

    def step(self) -> None:
        """One more is done."""
        self.done += 1
        self.on_progress(self.doing, self.done, self.total)


def measure_group(
    group: Sequence[Entry],
    settings: Settings,
    pictures: dict[int, str],
    rows: dict[str, Row],
    start: Callable[[], object],
    steps: Steps,
    again: bool = False,
) -> None:
    """Measure models whose processes live at the same time.

    Args:
        again (bool): The first of the group was measured before and is only there for ratios.
    """
    if again:
        rows = {**rows, group[0].name: new_row(group[0], settings)}
    with contextlib.ExitStack() as stack:
        workers = {}
        for entry in group:
            workers[entry.name] = start()
            stack.callback(workers[entry.name].close)
        rounds = Rounds(workers)
        try:
            load(group, settings, rows, rounds, steps)
            measured = group[1:] if again else group
            time_networks(group, settings, rows, rounds, steps)
            for people in settings.people:
                time_poses(group, people, pictures[people], settings, rows, rounds, steps)
            for entry in measured:
                finish(entry, settings, rows[entry.name], rounds)
        finally:
            for name, reason in rounds.failures.items():
                rows[name].fail(reason)


def load(group, settings: Settings, rows, rounds: Rounds, steps: Steps) -> None:
    """Load every model."""
    for entry in group:
        steps.say(f'loading {entry.name}')
        loaded = rounds.ask(entry.name, do='load', name=entry.name, options=settings.options(entry))
        if loaded:
            rows[entry.name].loaded(loaded)
        steps.step()


def time_networks(group, settings: Settings, rows, rounds: Rounds, steps: Steps) -> None:
    """Time the networks alone."""
    steps.say('networks alone')
    jobs = {
        entry.name: [dict(do='network', batch=batch) for batch in settings.batches]
        for entry in group
        if entry.name in rounds.workers
    }
    answers = rounds.run(jobs, settings.rounds, steps.step)
    for name, by_batch in answers.items():
        for batch, replies in zip(settings.batches, by_batch):
            rows[name].add_network(batch, [reply['seconds'] for reply in replies])


def time_poses(
    group, people: int, picture: str, settings: Settings, rows, rounds: Rounds, steps: Steps
) -> None:
    """Time everything from an image to the poses of its people."""
    jobs = {}
    for entry in group:
        if entry.name not in rounds.workers or rows[entry.name].no_poses:
            continue
        steps.say(f'{entry.name} looks at {people} people')
        shown = rounds.ask(entry.name, do='show', picture=picture)
        if shown:
            rows[entry.name].shown(shown)
            jobs[entry.name] = [dict(do='poses')]
    steps.say(f'image to poses, {people} people')
    answers = rounds.run(jobs, settings.rounds, steps.step)
    first = group[0].name
    reference = [r['seconds'] for r in answers[first][0]] if first in answers else None
    for name, (replies,) in answers.items():
        rows[name].add_poses(people, replies, reference)


def finish(entry: Entry, settings: Settings, row: Row, rounds: Rounds) -> None:
    """Memory, size and, where there is a checkpoint, accuracy."""
    requests = [dict(do='memory')]
    if settings.costs:
        requests.append(dict(do='cost', shape=settings.shape))
    if settings.data and entry.name in settings.checkpoints:
        requests.append(dict(do='evaluate', data=settings.data))
    for request in requests:
        if entry.name in rounds.workers:
            answer = rounds.ask(entry.name, **request)
            if answer:
                row.took(request['do'], answer)
