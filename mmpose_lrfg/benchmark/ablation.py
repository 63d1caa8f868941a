"""Trains several networks under one budget, with several seeds, and keeps a table up to date.

OUT/runs/NETWORK/seed0/ is the work directory of one training. The seed changes slowest, so that all
networks can be compared before all seeds are done.
"""

import itertools
import math
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mmengine.config import Config

from mmpose_lrfg.utils.errors import EXIT_INTERRUPTED, UserError
from mmpose_lrfg.utils.tables import write_text
from mmpose_lrfg.visualization.curves import read_scalars

from .ablation_configs import Budget
from .ablation_table import write_tables


@dataclass
class Job:
    """A training of the config ``text`` in ``folder``."""

    network: str
    seed: int
    folder: Path
    text: str
    error: str = ''  # why it failed

    @property
    def config(self) -> Path:
        """The config; in a folder of its own, as mmengine writes a copy into the work directory."""
        return self.folder / 'budget' / 'config.py'

    @cached_property
    def cfg(self) -> Config:
        """The content of the config."""
        return Config.fromstring(self.text, '.py')

    @property
    def metrics(self) -> dict[str, float] | None:
        """Of the evaluation after the last epoch; None before it."""
        rows = read_scalars(self.folder)
        if not rows or rows[-1].get('epoch') != self.cfg.train_cfg.max_epochs:
            return None
        return {k: v for k, v in rows[-1].items() if '/' in k and math.isfinite(v)} or None

    def run(self) -> None:
        """Train, or continue an interrupted training.

        Raises:
            KeyboardInterrupt: After Ctrl-C or SIGTERM.
        """
        write_text(self.config, self.text)
        code, last = launch(self.config, self.folder)
        if code == EXIT_INTERRUPTED:
            raise KeyboardInterrupt
        self.error = ''
        if code:
            how = f'signal {-code}' if code < 0 else f'exit code {code}'
            how += ', probably out of memory' * (code == -9)
            self.error = last.removeprefix('error: ') or f'its process ended with {how}'
        elif self.metrics is None:
            self.error = 'the training ended without an evaluation after its last epoch'


def launch(config: Path, folder: Path) -> tuple[int, str]:
    """Run ``lrfg train`` in a new process; return its exit code and its last line on stderr."""
    resume = ['--resume'] if any(folder.glob('*.pth')) else []
    argv = [sys.executable, '-m', 'mmpose_lrfg', 'train', str(config), '--out', str(folder)]
    log = folder / 'stderr.txt'
    with (
        log.open('w') as file,
        subprocess.Popen([*argv, *resume], stdout=subprocess.DEVNULL, stderr=file) as process,
    ):
        try:
            code = process.wait()
        except KeyboardInterrupt:
            # After Ctrl-C on a terminal it has a signal already, and ignores this one.
            process.terminate()
            process.wait()
            raise
    return code, (log.read_text(errors='replace').strip().splitlines() or [''])[-1]


def plan(
    networks: Sequence[Path], full: Path, budget: Budget, seeds: Sequence[int], out: Path
) -> list[Job]:
    """Return the trainings of all configs and seeds, in the order in which they run.

    ``full`` is the config whose design the budget's recipe has; ``out`` gets the folders.

    Raises:
        UserError: If a config does not fit the budget.
    """
    configs = {config.stem: budget.apply(config, full) for config in networks}
    jobs = []
    for seed, (network, cfg) in itertools.product(seeds, configs.items()):
        cfg.randomness = {**(cfg.get('randomness') or {}), 'seed': seed}
        # mmengine shares loggers between runs of one name.
        cfg.experiment_name = f'{network}_seed{seed}'
        folder = Path(out, 'runs', network, f'seed{seed}')
        jobs.append(Job(network, seed, folder, cfg.pretty_text))
    return jobs


def ablate(jobs: Sequence[Job], about: Mapping[str, str], out: Path, resume: bool = False) -> None:
    """Train and evaluate; write the table anew after every training.

    A training that fails does not stop the others; the reason is in the table.

    Args:
        jobs (Sequence[Job]): As :func:`plan` returns them.
        about (Mapping[str, str]), out (Path): As in :func:`write_tables`.
        resume (bool): Continue what is in ``out``.

    Raises:
        UserError: Before anything runs, if ``out`` holds trainings and ``resume`` is not set or
            they had other settings.
        KeyboardInterrupt: After Ctrl-C or SIGTERM; the same call can be continued.
    """
    for job in jobs:
        if job.config.is_file():
            _check_earlier(job, resume)
    waiting = [job for job in jobs if job.metrics is None]
    write_tables(out, jobs, about)
    for number, job in enumerate(waiting, len(jobs) - len(waiting) + 1):
        print(f'[{number}/{len(jobs)}] {job.network}, seed {job.seed}', flush=True)
        try:
            job.run()
        except KeyboardInterrupt:
            print(f'continue with --resume; so far: {out}/table.md', file=sys.stderr)
            raise
        if job.error:
            print(f'  failed: {job.error}')
        else:
            print(f'  AP {100 * job.metrics.get("coco/AP", math.nan):.2f}')
        write_tables(out, jobs, about)


def _check_earlier(job: Job, resume: bool) -> None:
    """Check that a training left by an earlier call may be continued."""
    if not resume:
        raise UserError(f'{job.folder} holds a training already; continue it with --resume')
    if job.config.read_text() != job.text:
        raise UserError(
            f'{job.folder} was trained with other settings, those of {job.config}; repeat that '
            'command, or name another --out'
        )
