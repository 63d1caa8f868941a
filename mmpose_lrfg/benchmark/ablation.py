"""Trains several networks under one budget, with several seeds, and keeps a table up to date.

OUT/runs/NETWORK/seed0/ is the work directory of one training; its ``outcome.json`` says that it is
done. The seed changes slowest, so that all networks can be compared before all seeds are done.
"""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from mmpose_lrfg.runtime.files import replacing
from mmpose_lrfg.utils.errors import EXIT_INTERRUPTED, UserError
from mmpose_lrfg.utils.json_files import read_json

from .ablation_job import CONFIG, OUTCOME
from .ablation_table import collect, modules_of, write_table
from .budget import Budget, as_text

PATIENCE = 5  # seconds that an interrupted training has to end by itself


@dataclass
class Job:
    """One training.

    Attributes:
        network: Its config's name.
        seed: Of all chance in it.
        folder: Its work directory.
        text: Its whole config.
    """

    network: str
    seed: int
    folder: Path
    text: str

    @property
    def outcome(self) -> dict | None:
        """What came of it; None while it is not done."""
        path = self.folder / OUTCOME
        return read_json(path, dict) if path.is_file() else None

    @property
    def done(self) -> bool:
        """Whether it need not run again; one that failed may."""
        return 'metrics' in (self.outcome or {})


def ablate(
    networks: Sequence[Path],
    full: Path,
    budget: Budget,
    seeds: Sequence[int],
    out: Path,
    resume: bool = False,
    launch: Callable[[Path], int] | None = None,
) -> list[Path]:
    """Train, evaluate and write the table, anew after every training.

    Args:
        networks, full, budget, seeds, out: As in :func:`plan`.
        resume (bool): Go on with what is in ``out``.
        launch (Callable, optional): As in :func:`run_all`.

    Returns:
        list[Path]: The files of the table.

    Raises:
        UserError: Before anything runs; a training that fails leaves a row that says why.
    """
    jobs, models = plan(networks, full, budget, seeds, out)
    check_earlier(jobs, resume)
    modules = {name: modules_of(model) for name, model in models.items()}
    about = {**budget.words(), 'seeds': ', '.join(map(str, seeds))}
    written = []

    def write() -> None:
        written[:] = write_table(out, collect(jobs, modules), about)

    try:
        run_all(jobs, write, launch)
    except KeyboardInterrupt:
        print(f'the same command with --resume goes on; so far: {out}/table.md', file=sys.stderr)
        raise
    return written


def plan(
    networks: Sequence[Path], full: Path, budget: Budget, seeds: Sequence[int], out: Path
) -> tuple[list[Job], dict[str, dict]]:
    """All trainings, in the order in which they run, and the models by network.

    Args:
        networks (Sequence[Path]): Configs.
        full (Path): The config that a recipe stands for.
        budget (Budget): Is the same for all.
        seeds (Sequence[int]): Every network is trained with each of them.
        out (Path): For their folders.

    Raises:
        UserError: If a config does not fit the budget.
    """
    configs = {config.stem: budget.apply(config, full) for config in networks}
    jobs = []
    for seed in seeds:
        for network, cfg in configs.items():
            cfg.randomness = {**(cfg.get('randomness') or {}), 'seed': seed}
            folder = Path(out, 'runs', network, f'seed{seed}')
            jobs.append(Job(network, seed, folder, as_text(cfg)))
    return jobs, {network: cfg.model for network, cfg in configs.items()}


def check_earlier(jobs: Sequence[Job], resume: bool) -> None:
    """Is what an earlier call left of these jobs theirs?

    Raises:
        UserError: If there is something and it is not to be resumed, or had other settings.
    """
    for job in jobs:
        path = job.folder / CONFIG
        if not path.is_file():
            continue
        if not resume:
            raise UserError(f'{job.folder} holds a training already; --resume goes on with it')
        before, now = path.read_text().splitlines(), job.text.splitlines()
        if before != now:
            lines = zip([*before, *[''] * len(now)], now)
            old, new = next(((a, b) for a, b in lines if a != b), ('more lines', 'none'))
            raise UserError(
                f'{job.folder} was trained with other settings, e.g. {old.strip()!r} where now it '
                f'is {new.strip()!r}; repeat that command, or name another --out'
            )


def run_all(
    jobs: Sequence[Job],
    after_each: Callable[[], None],
    launch: Callable[[Path], int] | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Run what is not done yet; a training that fails does not stop the others.

    Args:
        jobs (Sequence[Job]): As :func:`plan` orders them.
        after_each (Callable): Called after every training, and before the first.
        launch (Callable, optional): Trains in a folder and returns an exit code; by default in
            a process of its own.
        say (Callable): Takes lines about the progress.

    Raises:
        KeyboardInterrupt: After Ctrl-C or SIGTERM; the same jobs go on from there.
    """
    launch = launch or in_process_of_its_own
    waiting = [job for job in jobs if not job.done]
    if len(waiting) < len(jobs):
        say(f'{len(jobs) - len(waiting)} of {len(jobs)} trainings are done already')
    after_each()
    durations: list[float] = []
    for number, job in enumerate(waiting):
        left = ''
        if durations:
            seconds = sum(durations) / len(durations) * (len(waiting) - number)
            left = f', about {timedelta(seconds=round(seconds))} for this and the rest'
        say(f'[{len(jobs) - len(waiting) + number + 1}/{len(jobs)}] {job.network}, '
            f'seed {job.seed}{left}')  # fmt: skip
        started = time.monotonic()
        _run(job, launch)
        outcome = job.outcome or {}
        if 'metrics' in outcome:
            durations.append(time.monotonic() - started)
            ap = outcome['metrics'].get('coco/AP', float('nan'))
            say(f'  AP {100 * ap:.2f} after {timedelta(seconds=round(durations[-1]))}')
        else:
            say(f'  failed: {outcome.get("error")}')
        after_each()


def _run(job: Job, launch: Callable[[Path], int]) -> None:
    with replacing(job.folder / CONFIG) as path:
        path.write_text(job.text, encoding='utf-8')
    (job.folder / OUTCOME).unlink(missing_ok=True)
    code = launch(job.folder)
    if code == EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    if not (job.folder / OUTCOME).is_file():
        how = f'signal {-code}' if code < 0 else f'exit code {code}'
        reason = f'its process ended with {how}' + (', mostly want of memory' * (code == -9))
        with replacing(job.folder / OUTCOME) as path:
            path.write_text(json.dumps(dict(error=reason)))


def in_process_of_its_own(folder: Path) -> int:
    """Train in a new process, which ends with this one."""
    command = [sys.executable, '-m', 'mmpose_lrfg.benchmark.ablation_job', str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # Ctrl-C on a terminal reached it as well; once is enough, or it could not tidy up.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
                raise
            process.terminate()
            process.wait()
            raise
