"""The table of an ablation: mean and standard deviation over the seeds, beside the paper's."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.utils.tables import Column, Table, write_text

from .complexity import PAPER

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


def summarize(jobs: Sequence) -> list[dict]:
    """Return a row for each network of the ``Job`` objects, as in ``table.json``.

    ``metrics`` (in 0..1) and ``gain`` (of the AP over the first network, seed by seed) have
    ``mean``, ``sd`` (None of one value) and ``values`` by seed. ``waiting`` counts trainings that
    are not done.
    """
    rows = []
    for network in dict.fromkeys(job.network for job in jobs):
        own = [job for job in jobs if job.network == network]
        done = {job.seed: outcome for job in own if (outcome := job.outcome)}
        row = dict(
            network=network,
            modules=own[0].modules,
            params=own[0].parameters() if done else None,
            epochs=own[0].cfg.train_cfg.max_epochs,
            seconds=statistics.fmean(each['seconds'] for each in done.values()) if done else None,
            seeds=sorted(done),
            failed=[f'seed {job.seed}: {job.error}' for job in own if job.error],
            waiting=sum(job.seed not in done and not job.error for job in own),
            metrics={},
            gain=None,
        )
        row['paper_params'], row['paper_ap'] = PAPER.get(network, (None, None))
        for name in METRICS:
            found = {seed: each['metrics'].get(f'coco/{name}') for seed, each in done.items()}
            found = {seed: value for seed, value in found.items() if value is not None}
            if found:
                row['metrics'][name] = _spread(found)
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


def ablation_table(rows: Sequence[dict], short: bool = False) -> Table:
    """Return the table of :func:`summarize`'s rows; AP and AR in percent.

    ``short`` has fewer columns, for a terminal.
    """
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
        *(modules if any(row['modules'] for row in rows) and not short else ()),
        Column('params (M)', 'params', '.2f', scale=1e-6),
        *(() if short else [Column('params in paper', 'paper_params', '.1f')]),
        *(metrics[:1] if short else metrics),
        Column('gain in AP', lambda row: _percent(row['gain'], '+')),
        Column('seeds', _trainings),
        Column('AP in paper', 'paper_ap', '.1f'),
        Column('gain in paper', paper_gain, '+.1f'),
    ]
    if not any(row['paper_ap'] for row in rows):
        columns = [column for column in columns if 'paper' not in column.title]
    return Table(rows, columns)


def write_tables(out: Path, rows: Sequence[dict], about: Mapping[str, str]) -> None:
    """Write ``table.md`` and ``table.json``; ``about`` are settings common to all."""
    same = '; '.join(f'{name}: {value}' for name, value in about.items())
    parts = [ablation_table(rows).to_markdown().strip(), f'Common to all: {same}.', NOTES]
    parts += [PAPER_NOTE] if any(row['paper_ap'] for row in rows) else []
    failed = [f'- {row["network"]}, {reason}' for row in rows for reason in row['failed']]
    parts += ['Failed:', '\n'.join(failed)] if failed else []
    write_json(out / 'table.json', dict(about=about, rows=rows))
    write_text(out / 'table.md', '\n\n'.join(parts) + '\n')
