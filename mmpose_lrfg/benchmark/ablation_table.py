"""The table of an ablation: mean and spread over seeds, the paper's numbers beside them."""

import csv
import io
import statistics
from collections.abc import Sequence
from pathlib import Path

from mmpose_lrfg.runtime.files import replacing, write_json

from .complexity import PAPER

METRICS = ('AP', 'AP .5', 'AP .75', 'AR')
MODULES = {
    'FGCSPP': lambda model: (model['neck'].get('spp') or {}).get('type') == 'FGCSPP',
    'SCA': lambda model: bool(model['backbone'].get('sca_stages')),
    'implicit': lambda model: bool(model['neck'].get('implicit')),
}


def modules_of(model: dict) -> dict[str, bool] | None:
    """Which of the paper's modules a network has; None if it is of another family."""
    if (model.get('neck') or {}).get('type') != 'ImplicitGhostPAFPN':
        return None
    return {name: has(model) for name, has in MODULES.items()}


def collect(jobs: Sequence, modules: dict[str, dict[str, bool] | None]) -> list[dict]:
    """One row a network.

    Args:
        jobs (Sequence[Job]): The trainings, see :mod:`.ablation`.
        modules (dict): :func:`modules_of` each network.

    Returns:
        list[dict]: ``network``, ``modules``, ``params``, ``seeds`` (those done), ``metrics`` (by
        name ``mean``, ``sd``, ``values`` by seed, in 0..1; ``sd`` is None of one seed), ``gain``
        over the first network (of the AP, seed by seed; None for that one), ``seconds`` and
        ``epochs`` of a training, ``failed`` (sentences), ``waiting`` (trainings not done), and
        ``paper`` where it lists the network.
    """
    rows = []
    for network in dict.fromkeys(job.network for job in jobs):
        outcomes = {job.seed: job.outcome for job in jobs if job.network == network}
        done = {seed: out for seed, out in outcomes.items() if out and 'metrics' in out}
        failed = [f'seed {s}: {out["error"]}' for s, out in outcomes.items()
                  if out and 'error' in out]  # fmt: skip
        row = dict(
            network=network,
            modules=modules.get(network),
            params=next((out['params'] for out in done.values()), None),
            epochs=next((out['epochs'] for out in done.values()), None),
            seconds=statistics.fmean(out['seconds'] for out in done.values()) if done else None,
            seeds=sorted(done),
            waiting=sum(out is None for out in outcomes.values()),
            failed=failed,
            metrics={},
        )
        for name in METRICS:
            values = {s: out['metrics'].get(f'coco/{name}') for s, out in done.items()}
            values = {s: value for s, value in values.items() if value is not None}
            if values:
                row['metrics'][name] = spread(values)
        if network in PAPER:
            row['paper'] = dict(params_m=PAPER[network][0], ap=PAPER[network][1])
        rows.append(row)
    for row in rows:
        row['gain'] = _gain(row, rows[0])
    return rows


def spread(values: dict[int, float]) -> dict:
    """Mean and sample standard deviation of a value by seed."""
    numbers = list(values.values())
    sd = statistics.stdev(numbers) if len(numbers) > 1 else None
    return dict(mean=statistics.fmean(numbers), sd=sd, values=values)


def _gain(row: dict, first: dict) -> dict | None:
    own, base = (r['metrics'].get('AP', {}).get('values', {}) for r in (row, first))
    shared = {seed: own[seed] - base[seed] for seed in own if seed in base}
    return spread(shared) if shared and row is not first else None


def write_table(out: Path, rows: Sequence[dict], about: dict) -> list[Path]:
    """Write ``table.json``, ``table.csv`` and ``table.md``.

    Args:
        out (Path): The folder.
        rows (Sequence[dict]): Of :func:`collect`.
        about (dict): What was the same for all: words by name.
    """
    write_json(out / 'table.json', dict(about=about, rows=list(rows)))
    header, body = cells(rows)
    text = io.StringIO()
    csv.writer(text, lineterminator='\n').writerows([header, *body])
    _write(out / 'table.csv', text.getvalue())
    _write(out / 'table.md', markdown(rows, about))
    return [out / f'table.{suffix}' for suffix in ('md', 'csv', 'json')]


def _write(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def cells(rows: Sequence[dict]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the table as words; AP and AR in percent, spread as ±."""
    own = any(row['modules'] for row in rows)
    paper = any('paper' in row for row in rows)
    header = ['network', *(MODULES if own else ()), 'params (M)']
    header += ['params in paper'] if paper else []
    header += [f'{name} (%)' for name in METRICS] + ['gain in AP', 'seeds']
    header += ['AP in paper', 'gain in paper'] if paper else []
    base = next((row['paper']['ap'] for row in rows[:1] if 'paper' in row), None)
    body = []
    for row in rows:
        line = [row['network']]
        if own:
            line += ['x' if (row['modules'] or {}).get(name) else '' for name in MODULES]
        line.append(f'{row["params"] / 1e6:.2f}' if row['params'] else '')
        known = row.get('paper')
        if paper:
            line.append(f'{known["params_m"]:.1f}' if known else '')
        line += [percent(row['metrics'].get(name)) for name in METRICS]
        line += [percent(row['gain'], signed=True), _seeds(row)]
        if paper:
            line.append(f'{known["ap"]:.1f}' if known else '')
            gains = known and base is not None and row is not rows[0]
            line.append(f'{known["ap"] - base:+.1f}' if gains else '')
        body.append(line)
    return header, body


def percent(value: dict | None, signed: bool = False) -> str:
    """``12.34 ± 0.56``."""
    if value is None:
        return ''
    text = f'{100 * value["mean"]:{"+" if signed else ""}.2f}'
    return text if value['sd'] is None else f'{text} ± {100 * value["sd"]:.2f}'


def _seeds(row: dict) -> str:
    words = [str(len(row['seeds']))]
    words += [f'{len(row["failed"])} failed'] if row['failed'] else []
    words += [f'{row["waiting"]} to come'] if row['waiting'] else []
    return ', '.join(words)


def markdown(rows: Sequence[dict], about: dict) -> str:
    """The table with what was the same for all, and why some trainings failed."""
    header, body = cells(rows)
    lines = [' | '.join(['', *line, '']).strip() for line in (header, ['---'] * len(header), *body)]
    same = '; '.join(f'{name}: {value}' for name, value in about.items())
    notes = [
        f'The same for all: {same}.',
        'Measured after the last epoch of each training. ± is the sample standard deviation over '
        'seeds; the gain is over the first network, with the same seed.',
    ]
    if any('paper' in row for row in rows):
        notes.append(
            "The paper's numbers are for COCO val2017 at 960 pixels after 80 epochs on train2017, "
            'with one training each.'
        )
    failed = [f'- {row["network"]}, {sentence}' for row in rows for sentence in row['failed']]
    if failed:
        notes.append('Failed:\n\n' + '\n'.join(failed))
    return '\n'.join(lines) + '\n\n' + '\n\n'.join(notes) + '\n'
