"""The table of an ablation: mean and standard deviation over the seeds, beside the paper's."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.utils.tables import Column, Table, write_text

from .complexity import PAPER, build_model, count_parameters

METRICS = ('AP', 'AP .5', 'AP .75', 'AR')
NOTES = (
    'Measured after the last epoch of each training. ± is the sample standard deviation over '
    'seeds; the gain is over the first network, with the same seed.'
)
PAPER_NOTE = (
    "The paper's numbers are for COCO val2017 at 960 pixels after 80 epochs on train2017, with "
    'one training each.'
)


def summarize(jobs: Sequence) -> list[dict]:
    """Return a row for each network of the ``Job`` objects, as in ``table.json``.

    ``metrics`` (in 0..1) and ``gain`` (of the AP over the first network, seed by seed) have
    ``mean``, ``sd`` (None of one value) and ``values`` by seed. ``waiting`` counts trainings that
    are not done.
    """
    rows = []
    for network in dict.fromkeys(job.network for job in jobs):
        own = [job for job in jobs if job.network == network]
        done = {job.seed: metrics for job in own if (metrics := job.metrics)}
        found = {
            name: {s: each[f'coco/{name}'] for s, each in done.items() if f'coco/{name}' in each}
            for name in METRICS
        }
        base = rows[0]['metrics']['AP']['values'] if rows and rows[0]['metrics'] else {}
        gain = {seed: ap - base[seed] for seed, ap in found['AP'].items() if seed in base}
        paper_params, paper_ap = PAPER.get(network, (None, None))
        rows.append(
            dict(
                network=network,
                params=count_parameters(build_model(own[0].cfg)) if done else None,
                epochs=own[0].cfg.train_cfg.max_epochs,
                seeds=sorted(done),
                failed=[f'seed {job.seed}: {job.error}' for job in own if job.error],
                waiting=sum(job.seed not in done and not job.error for job in own),
                metrics={name: _spread(values) for name, values in found.items() if values},
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


def write_tables(out: Path, jobs: Sequence, about: Mapping[str, str]) -> None:
    """Write ``table.md`` and ``table.json``; ``about`` are settings common to all jobs."""
    rows = summarize(jobs)
    columns = [
        Column('network'),
        Column('params (M)', 'params', '.2f', scale=1e-6),
        Column('params in paper', 'paper_params', '.1f'),
        *(
            Column(f'{name} (%)', lambda row, name=name: _percent(row['metrics'].get(name)))
            for name in METRICS
        ),
        Column('gain in AP', lambda row: _percent(row['gain'], '+')),
        Column('seeds', lambda row: str(len(row['seeds']))),
        Column('to come', 'waiting', 'd'),
        Column('AP in paper', 'paper_ap', '.1f'),
    ]
    notes = [NOTES, PAPER_NOTE]
    if not any(row['paper_ap'] for row in rows):
        columns, notes = [column for column in columns if 'paper' not in column.title], [NOTES]
    same = '; '.join(f'{name}: {value}' for name, value in about.items())
    parts = [Table(rows, columns).to_markdown().strip(), f'Common to all: {same}.', *notes]
    failed = [f'- {row["network"]}, {reason}' for row in rows for reason in row['failed']]
    parts += ['Failed:', '\n'.join(failed)] if failed else []
    write_json(out / 'table.json', dict(about=about, rows=rows))
    write_text(out / 'table.md', '\n\n'.join(parts) + '\n')
