"""Trains several networks under one budget, with several seeds, and keeps a table up to date.

OUT/runs/NETWORK/seed0/ is the work directory of one training. The seed changes slowest, so that all
networks can be compared before all seeds are done.
"""

import itertools
import math
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.tables import Column, Table, write_text

from .ablation_job import CONFIG, Job
from .complexity import PAPER
from .config_changes import Budget, as_text

METRICS = ('AP', 'AP .5', 'AP .75', 'AR')
MODULES = ('FGCSPP', 'SCA', 'implicit')
NOTES = (
    'Measured after the last epoch of each training. ± is the sample standard deviation over '
    'seeds; the gain is over the first network, with the same seed.'
)
PAPER_NOTE = (
    "The paper's numbers are for COCO val2017 at 960 pixels after 80 epochs on train2017, with "
    'one training each.'
)


def ablate(
    networks: Sequence[Path],
    full: Path,
    budget: Budget,
    seeds: Sequence[int],
    out: Path,
    resume: bool = False,
) -> list[Path]:
    """Train, evaluate and write the table, anew after every training.

    A training that fails does not stop the others; the reason is in the table.

    Args:
        networks, full, budget, seeds, out: As in :func:`plan`.
        resume (bool): Continue what is in ``out``.

    Returns:
        list[Path]: ``table.md``, ``table.csv`` and ``table.json`` in ``out``.

    Raises:
        UserError: Before anything runs, if the budget does not fit, or if ``out`` holds trainings
            and ``resume`` is not set or they had other settings.
        KeyboardInterrupt: After Ctrl-C or SIGTERM; the same call can be continued.
    """
    jobs = plan(networks, full, budget, seeds, out)
    _check_earlier(jobs, resume)
    about = {**budget.describe(), 'seeds': ', '.join(map(str, seeds))}
    waiting = [job for job in jobs if not (job.outcome and job.outcome.metrics)]
    done = len(jobs) - len(waiting)
    if done:
        print(f'{done} of {len(jobs)} trainings are done already')
    written = write_table(out, summarize(jobs), about)
    durations: list[float] = []
    for number, job in enumerate(waiting):
        left = ''
        if durations:
            seconds = statistics.fmean(durations) * (len(waiting) - number)
            left = f', {timedelta(seconds=round(seconds))} left'
        print(f'[{done + number + 1}/{len(jobs)}] {job.network}, seed {job.seed}{left}')
        started = time.monotonic()
        try:
            outcome = job.run()
        except KeyboardInterrupt:
            print(f'continue with --resume; so far: {out}/table.md', file=sys.stderr)
            raise
        if outcome.error:
            print(f'  failed: {outcome.error}')
        else:
            durations.append(time.monotonic() - started)
            ap = 100 * outcome.metrics.get('coco/AP', math.nan)
            print(f'  AP {ap:.2f} after {timedelta(seconds=round(durations[-1]))}')
        write_table(out, summarize(jobs), about)
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
    for seed, (network, cfg) in itertools.product(seeds, configs.items()):
        cfg.randomness = {**(cfg.get('randomness') or {}), 'seed': seed}
        folder = Path(out, 'runs', network, f'seed{seed}')
        jobs.append(Job(network, seed, folder, as_text(cfg), _modules_of(cfg.model)))
    return jobs


def _modules_of(model: Mapping) -> dict[str, bool] | None:
    """Return which of the paper's modules a network has; None if it is of another family."""
    neck = model.get('neck') or {}
    if neck.get('type') != 'ImplicitGhostPAFPN':
        return None
    has = (
        (neck.get('spp') or {}).get('type') == 'FGCSPP',
        bool(model['backbone'].get('sca_stages')),
        bool(neck.get('implicit')),
    )
    return dict(zip(MODULES, has))


def _check_earlier(jobs: Sequence[Job], resume: bool) -> None:
    """Check that trainings left by an earlier call may be continued."""
    for job in jobs:
        path = job.folder / CONFIG
        if not path.is_file():
            continue
        if not resume:
            raise UserError(f'{job.folder} holds a training already; continue it with --resume')
        before, now = path.read_text().splitlines(), job.text.splitlines()
        for old, new in itertools.zip_longest(before, now, fillvalue=''):
            if old != new:
                raise UserError(
                    f'{job.folder} was trained with other settings, e.g. {old.strip()!r} where now '
                    f'it is {new.strip()!r}; repeat that command, or name another --out'
                )


def summarize(jobs: Sequence[Job]) -> list[dict]:
    """Summarize the trainings by network.

    Returns:
        list[dict]: Rows as in ``table.json``. ``metrics`` (in 0..1) and ``gain`` (of the AP over
        the first network, seed by seed) have ``mean``, ``sd`` (None of one value) and ``values``
        by seed; ``waiting`` counts trainings that are not done, ``failed`` lists reasons.
    """
    rows = []
    for network in dict.fromkeys(job.network for job in jobs):
        own = [job for job in jobs if job.network == network]
        outcomes = {job.seed: job.outcome for job in own}
        done = {seed: out for seed, out in outcomes.items() if out and out.metrics}
        metrics = {}
        for name in METRICS:
            values = {s: out.metrics.get(f'coco/{name}') for s, out in done.items()}
            values = {s: value for s, value in values.items() if value is not None}
            metrics |= {name: _spread(values)} if values else {}
        first = rows[0]['metrics'] if rows else {}
        gain = {}
        if 'AP' in metrics and 'AP' in first:
            ap, base = metrics['AP']['values'], first['AP']['values']
            gain = {seed: ap[seed] - base[seed] for seed in ap if seed in base}
        last = next(iter(done.values()), None)
        paper_params, paper_ap = PAPER.get(network, (None, None))
        rows.append(
            dict(
                network=network,
                modules=own[0].modules,
                params=last and last.params,
                epochs=last and last.epochs,
                seconds=statistics.fmean(out.seconds for out in done.values()) if done else None,
                seeds=sorted(done),
                waiting=sum(out is None for out in outcomes.values()),
                failed=[f'seed {s}: {o.error}' for s, o in outcomes.items() if o and o.error],
                metrics=metrics,
                gain=_spread(gain) if gain else None,
                paper_params=paper_params,
                paper_ap=paper_ap,
            )
        )
    return rows


def _spread(values: dict[int, float]) -> dict:
    """Return mean and sample standard deviation of values by seed."""
    numbers = list(values.values())
    sd = statistics.stdev(numbers) if len(numbers) > 1 else None
    return dict(mean=statistics.fmean(numbers), sd=sd, values=values)


def _percent(spread: dict | None, sign: str = '') -> str | None:
    """Return text such as ``12.34 ± 0.56``."""
    if spread is None:
        return None
    text = f'{100 * spread["mean"]:{sign}.2f}'
    return text if spread['sd'] is None else f'{text} ± {100 * spread["sd"]:.2f}'


def _trainings(row: dict) -> str:
    parts = [str(len(row['seeds']))]
    parts += [f'{len(row["failed"])} failed'] if row['failed'] else []
    parts += [f'{row["waiting"]} to come'] if row['waiting'] else []
    return ', '.join(parts)


def ablation_table(rows: Sequence[dict]) -> Table:
    """Return the table of :func:`summarize`'s rows; AP and AR in percent."""
    base = rows[0]['paper_ap']

    def paper_gain(row: dict) -> float | None:
        return row['paper_ap'] - base if row['paper_ap'] and base and row is not rows[0] else None

    columns = [Column('network')]
    if any(row['modules'] for row in rows):
        columns += [
            Column(name, lambda row, name=name: 'x' if (row['modules'] or {}).get(name) else None)
            for name in MODULES
        ]
    columns += [
        Column('params (M)', 'params', '.2f', scale=1e-6),
        Column('params in paper', 'paper_params', '.1f'),
    ]
    columns += [
        Column(f'{name} (%)', lambda row, name=name: _percent(row['metrics'].get(name)))
        for name in METRICS
    ]
    columns += [
        Column('gain in AP', lambda row: _percent(row['gain'], '+')),
        Column('seeds', _trainings),
        Column('AP in paper', 'paper_ap', '.1f'),
        Column('gain in paper', paper_gain, '+.1f'),
    ]
    if not any(row['paper_ap'] for row in rows):
        columns = [column for column in columns if 'paper' not in column.title]
    return Table(rows, columns)


def write_table(out: Path, rows: Sequence[dict], about: Mapping[str, str]) -> list[Path]:
    """Write ``table.md``, ``table.csv`` and ``table.json``; return their paths.

    Args:
        out (Path): The folder.
        rows (Sequence[dict]): Of :func:`summarize`.
        about (Mapping[str, str]): Settings common to all, by name.
    """
    table = ablation_table(rows)
    same = '; '.join(f'{name}: {value}' for name, value in about.items())
    parts = [table.to_markdown().strip(), f'Common to all: {same}.', NOTES]
    parts += [PAPER_NOTE] if any(row['paper_ap'] for row in rows) else []
    failed = [f'- {row["network"]}, {reason}' for row in rows for reason in row['failed']]
    parts += ['Failed:', '\n'.join(failed)] if failed else []
    write_json(out / 'table.json', dict(about=about, rows=rows))
    write_text(out / 'table.csv', table.to_csv())
    write_text(out / 'table.md', '\n\n'.join(parts) + '\n')
    return [out / f'table.{suffix}' for suffix in ('md', 'csv', 'json')]
