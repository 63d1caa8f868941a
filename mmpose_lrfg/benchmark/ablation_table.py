"""The table of an ablation: mean and standard deviation over seeds, beside the paper's numbers."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.utils.tables import Column, Table, write_text

from .ablation_job import Job
from .complexity import PAPER

METRICS = ('AP', 'AP .5', 'AP .75', 'AR')
MODULES = {
    'FGCSPP': lambda model: (model['neck'].get('spp') or {}).get('type') == 'FGCSPP',
    'SCA': lambda model: bool(model['backbone'].get('sca_stages')),
    'implicit': lambda model: bool(model['neck'].get('implicit')),
}
NOTES = (
    'Measured after the last epoch of each training. ± is the sample standard deviation over '
    'seeds; the gain is over the first network, with the same seed.'
)
PAPER_NOTE = (
    "The paper's numbers are for COCO val2017 at 960 pixels after 80 epochs on train2017, with "
    'one training each.'
)


@dataclass
class Spread:
    """Mean and sample standard deviation (None of one value) of a value by seed."""

    mean: float
    sd: float | None
    values: dict[int, float]

    @classmethod
    def of(cls, values: dict[int, float]) -> 'Spread':
        """Summarize values by seed."""
        numbers = list(values.values())
        sd = statistics.stdev(numbers) if len(numbers) > 1 else None
        return cls(statistics.fmean(numbers), sd, values)

    def percent(self, sign: str = '') -> str:
        """Return text such as ``12.34 ± 0.56``."""
        text = f'{100 * self.mean:{sign}.2f}'
        return text if self.sd is None else f'{text} ± {100 * self.sd:.2f}'


@dataclass
class NetworkResult:
    """A row of the table.

    Args:
        network (str): Name of its config.
        modules (dict[str, bool] | None): Which of the paper's modules it has.
        params (int | None), epochs (int | None), seconds (float | None): Of a training.
        seeds (list[int]): Trainings that are done.
        waiting (int): Trainings that are not.
        failed (list[str]): Reasons of those that failed.
        metrics (dict[str, Spread]): By name, in 0..1.
        gain (Spread | None): Of the AP over the first network, seed by seed.
        paper_params, paper_ap (float | None): In the paper's Table 1.
    """

    network: str
    modules: dict[str, bool] | None
    params: int | None = None
    epochs: int | None = None
    seconds: float | None = None
    seeds: list[int] = field(default_factory=list)
    waiting: int = 0
    failed: list[str] = field(default_factory=list)
    metrics: dict[str, Spread] = field(default_factory=dict)
    gain: Spread | None = None
    paper_params: float | None = None
    paper_ap: float | None = None

    @property
    def trainings(self) -> str:
        """How many are done, failed and to come."""
        parts = [str(len(self.seeds))]
        parts += [f'{len(self.failed)} failed'] if self.failed else []
        parts += [f'{self.waiting} to come'] if self.waiting else []
        return ', '.join(parts)


def modules_of(model: Mapping) -> dict[str, bool] | None:
    """Return which of the paper's modules a network has; None if it is of another family."""
    if (model.get('neck') or {}).get('type') != 'ImplicitGhostPAFPN':
        return None
    return {name: has(model) for name, has in MODULES.items()}


def collect(
    jobs: Sequence[Job], modules: Mapping[str, dict[str, bool] | None]
) -> list[NetworkResult]:
    """Summarize the trainings by network; ``modules`` are those of each."""
    rows = []
    for network in dict.fromkeys(job.network for job in jobs):
        outcomes = {job.seed: job.outcome for job in jobs if job.network == network}
        done = {seed: out for seed, out in outcomes.items() if out and out.metrics}
        row = NetworkResult(network, modules.get(network), seeds=sorted(done))
        row.waiting = sum(out is None for out in outcomes.values())
        row.failed = [f'seed {s}: {out.error}' for s, out in outcomes.items() if out and out.error]
        row.paper_params, row.paper_ap = PAPER.get(network, (None, None))
        if done:
            last = next(iter(done.values()))
            row.params, row.epochs = last.params, last.epochs
            row.seconds = statistics.fmean(out.seconds for out in done.values())
        for name in METRICS:
            values = {s: out.metrics.get(f'coco/{name}') for s, out in done.items()}
            values = {s: value for s, value in values.items() if value is not None}
            if values:
                row.metrics[name] = Spread.of(values)
        if rows and 'AP' in row.metrics and 'AP' in rows[0].metrics:
            own, base = row.metrics['AP'].values, rows[0].metrics['AP'].values
            shared = {seed: own[seed] - base[seed] for seed in own if seed in base}
            row.gain = Spread.of(shared) if shared else None
        rows.append(row)
    return rows


def ablation_table(rows: Sequence[NetworkResult]) -> Table:
    """Return the table; AP and AR in percent."""
    paper = any(row.paper_ap for row in rows)
    base = rows[0].paper_ap

    def paper_gain(row: NetworkResult) -> float | None:
        return row.paper_ap - base if row.paper_ap and base and row is not rows[0] else None

    columns = [Column('network')]
    if any(row.modules for row in rows):
        columns += [
            Column(name, lambda row, name=name: 'x' if (row.modules or {}).get(name) else None)
            for name in MODULES
        ]
    columns.append(Column('params (M)', 'params', '.2f', scale=1e-6))
    columns += [Column('params in paper', 'paper_params', '.1f')] if paper else []
    columns += [
        Column(f'{name} (%)', lambda row, name=name: _percent(row, name)) for name in METRICS
    ]
    columns.append(Column('gain in AP', lambda row: row.gain and row.gain.percent('+')))
    columns.append(Column('seeds', 'trainings'))
    if paper:
        columns.append(Column('AP in paper', 'paper_ap', '.1f'))
        columns.append(Column('gain in paper', paper_gain, '+.1f'))
    return Table(rows, columns)


def _percent(row: NetworkResult, name: str) -> str | None:
    return row.metrics[name].percent() if name in row.metrics else None


def write_table(out: Path, rows: Sequence[NetworkResult], about: Mapping[str, str]) -> list[Path]:
    """Write ``table.md``, ``table.csv`` and ``table.json``.

    Args:
        out (Path): The folder.
        rows (Sequence[NetworkResult]): Of :func:`collect`.
        about (Mapping[str, str]): Settings common to all, by name.
    """
    table = ablation_table(rows)
    same = '; '.join(f'{name}: {value}' for name, value in about.items())
    parts = [table.to_markdown(), f'Common to all: {same}.', NOTES]
    parts += [PAPER_NOTE] if any(row.paper_ap for row in rows) else []
    failed = [f'- {row.network}, {sentence}' for row in rows for sentence in row.failed]
    parts += ['Failed:', '\n'.join(failed)] if failed else []
    write_json(out / 'table.json', dict(about=about, rows=[asdict(row) for row in rows]))
    write_text(out / 'table.csv', table.to_csv())
    write_text(out / 'table.md', '\n\n'.join(part.strip() for part in parts) + '\n')
    return [out / f'table.{suffix}' for suffix in ('md', 'csv', 'json')]
