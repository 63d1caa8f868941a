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
    written = write_table(out, summarize(jobs), about)
    durations: list[float] = []
    for number, job in enumerate(waiting):
        left = ''
        if durations:
            seconds = statistics.fmean(durations) * (len(waiting) - number)
            left = f', {timedelta(seconds=round(seconds))} left'
        place = f'{len(jobs) - len(waiting) + number + 1}/{len(jobs)}'
        print(f'[{place}] {job.network}, seed {job.seed}{left}')
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
    fgcspp = (neck.get('spp') or {}).get('type') == 'FGCSPP'
    sca, implicit = bool(model['backbone'].get('sca_stages')), bool(neck.get('implicit'))
    return dict(zip(MODULES, (fgcspp, sca, implicit)))


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
    """Return a row for each network, as in ``table.json``.

    ``metrics`` (in 0..1) and ``gain`` (of the AP over the first network, seed by seed) have
    ``mean``, ``sd`` (None of one value) and ``values`` by seed. ``waiting`` counts trainings that
    are not done.
    """
    rows = []
    for network in dict.fromkeys(job.network for job in jobs):
        own = [job for job in jobs if job.network == network]
        outcomes = {job.seed: job.outcome for job in own}
        done = {seed: out for seed, out in outcomes.items() if out and out.metrics}
        row = dict(
            network=network,
            modules=own[0].modules,
            params=None,
            epochs=None,
            seconds=None,
            seeds=sorted(done),
            waiting=sum(out is None for out in outcomes.values()),
            failed=[f'seed {s}: {out.error}' for s, out in outcomes.items() if out and out.error],
            metrics={},
            gain=None,
        )
        row['paper_params'], row['paper_ap'] = PAPER.get(network, (None, None))
        if done:
            last = next(iter(done.values()))
            row['params'], row['epochs'] = last.params, last.epochs
            row['seconds'] = statistics.fmean(out.seconds for out in done.values())
        for name in METRICS:
            key = f'coco/{name}'
            values = {s: out.metrics[key] for s, out in done.items() if key in out.metrics}
            if values:
                row['metrics'][name] = _spread(values)
        if rows and 'AP' in row['metrics'] and 'AP' in rows[0]['metrics']:
            ap, base = row['metrics']['AP']['values'], rows[0]['metrics']['AP']['values']
            gains = {seed: ap[seed] - base[seed] for seed in ap if seed in base}
            row['gain'] = _spread(gains) if gains else None
        rows.append(row)
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
    """Return text such as ``2, 1 failed, 3 to come``."""
    counts = {'failed': len(row['failed']), 'to come': row['waiting']}
    others = [f'{count} {what}' for what, count in counts.items() if count]
    return ', '.join([str(len(row['seeds'])), *others])


def ablation_table(rows: Sequence[dict]) -> Table:
    """Return the table of :func:`summarize`'s rows; AP and AR in percent."""
    base = rows[0]['paper_ap']

    def paper_gain(row: dict) -> float | None:
        return row['paper_ap'] - base if row['paper_ap'] and base and row is not rows[0] else None

    modules = [
        Column(name, lambda row, name=name: 'x' if (row['modules'] or {}).get(name) else None)
        for name in MODULES
    ]
    metrics = [
        Column(f'{name} (%)', lambda row, name=name: _percent(row['metrics'].get(name)))
        for name in METRICS
    ]
    columns = [
        Column('network'),
        *(modules if any(row['modules'] for row in rows) else ()),
        Column('params (M)', 'params', '.2f', scale=1e-6),
        Column('params in paper', 'paper_params', '.1f'),
        *metrics,
        Column('gain in AP', lambda row: _percent(row['gain'], '+')),
        Column('seeds', _trainings),
        Column('AP in paper', 'paper_ap', '.1f'),
        Column('gain in paper', paper_gain, '+.1f'),
    ]
    if not any(row['paper_ap'] for row in rows):
        columns = [column for column in columns if 'paper' not in column.title]
    return Table(rows, columns)


def write_table(out: Path, rows: Sequence[dict], about: Mapping[str, str]) -> list[Path]:
    """Write ``table.md``, ``.csv`` and ``.json``; ``about`` are settings common to all."""
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
