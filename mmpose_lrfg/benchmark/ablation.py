"""Trains several networks under one budget, with several seeds, and keeps a table up to date.

OUT/runs/NETWORK/seed0/ is the work directory of one training. Each runs in its own process, which
writes ``outcome.json`` at its end. The seed changes slowest, so that all networks can be compared
before all seeds are done.
"""

import contextlib
import math
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.utils.errors import EXIT_INTERRUPTED, UserError
from mmpose_lrfg.utils.tables import write_text

from .ablation_job import CONFIG, OUTCOME, Job, Outcome
from .ablation_table import collect, modules_of, write_table
from .config_changes import Budget, as_text

TRAIN = 'mmpose_lrfg.benchmark.ablation_job'  # module that trains in a process of its own
PATIENCE = 5  # seconds that an interrupted training has to end by itself


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
        resume (bool): Continue what is in ``out``.
        launch (Callable, optional): As in :func:`run_all`.

    Returns:
        list[Path]: The files of the table.

    Raises:
        UserError: Before anything runs; a training that fails leaves a row with the reason.
    """
    jobs = plan(networks, full, budget, seeds, out)
    check_earlier(jobs, resume)
    modules = {config.stem: modules_of(budget.apply(config, full).model) for config in networks}
    about = {**budget.describe(), 'seeds': ', '.join(map(str, seeds))}
    written = []

    def write() -> None:
        written[:] = write_table(out, collect(jobs, modules), about)

    try:
        run_all(jobs, write, launch or launch_process)
    except KeyboardInterrupt:
        print(
            f'continue with the same command and --resume; so far: {out}/table.md', file=sys.stderr
        )
        raise
    return written


def plan(
    networks: Sequence[Path], full: Path, budget: Budget, seeds: Sequence[int], out: Path
) -> list[Job]:
    """Return all trainings in the order in which they run.

    Args:
        networks (Sequence[Path]): Configs.
        full (Path): The config whose design the budget's recipe has.
        budget (Budget): Common to all.
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
    return jobs


def check_earlier(jobs: Sequence[Job], resume: bool) -> None:
    """Check that trainings left by an earlier call may be continued.

    Raises:
        UserError: If there are some and ``resume`` is not set, or they had other settings.
    """
    for job in jobs:
        path = job.folder / CONFIG
        if not path.is_file():
            continue
        if not resume:
            raise UserError(f'{job.folder} holds a training already; continue it with --resume')
        before, now = path.read_text().splitlines(), job.text.splitlines()
        if before != now:
            lines = zip([*before, *[''] * len(now)], now)
            old, new = next(((a, b) for a, b in lines if a != b), ('more lines', 'none'))
            raise UserError(
                f'{job.folder} was trained with other settings, e.g. {old.strip()!r} where now it '
                f'is {new.strip()!r}; repeat that command, or name another --out'
            )


def run_all(
    jobs: Sequence[Job], after_each: Callable[[], None], launch: Callable[[Path], int]
) -> None:
    """Run what is not done yet; a training that fails does not stop the others.

    Args:
        jobs (Sequence[Job]): As :func:`plan` orders them.
        after_each (Callable): Called before the first training and after every one.
        launch (Callable): Trains in a folder and returns an exit code.

    Raises:
        KeyboardInterrupt: After Ctrl-C or SIGTERM; the same jobs can be continued.
    """
    waiting = [job for job in jobs if not job.done]
    if done := len(jobs) - len(waiting):
        print(f'{done} of {len(jobs)} trainings are done already')
    after_each()
    durations: list[float] = []
    for number, job in enumerate(waiting):
        left = ''
        if durations:
            seconds = sum(durations) / len(durations) * (len(waiting) - number)
            left = f', {timedelta(seconds=round(seconds))} left'
        print(f'[{done + number + 1}/{len(jobs)}] {job.network}, seed {job.seed}{left}')
        started = time.monotonic()
        outcome = _run(job, launch)
        if outcome.error:
            print(f'  failed: {outcome.error}')
        else:
            durations.append(time.monotonic() - started)
            ap = 100 * outcome.metrics.get('coco/AP', math.nan)
            print(f'  AP {ap:.2f} after {timedelta(seconds=round(durations[-1]))}')
        after_each()


def _run(job: Job, launch: Callable[[Path], int]) -> Outcome:
    write_text(job.folder / CONFIG, job.text)
    (job.folder / OUTCOME).unlink(missing_ok=True)
    code = launch(job.folder)
    if code == EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    if job.outcome is None:
        how = f'signal {-code}' if code < 0 else f'exit code {code}'
        how += ', probably out of memory' * (code == -9)
        write_json(job.folder / OUTCOME, asdict(Outcome(error=f'its process ended with {how}')))
    return job.outcome


def launch_process(folder: Path) -> int:
    """Train in a new process, which ends with this one."""
    arguments = [sys.executable, '-m', TRAIN, str(folder)]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # Ctrl-C on a terminal reached it as well; a second signal would disturb its end.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
                raise
            process.terminate()
            process.wait()
            raise
