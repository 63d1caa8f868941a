"""Results of a benchmark, and their tables with remarks."""

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from mmpose_lrfg.benchmark.complexity import DEFINITION, Complexity
from mmpose_lrfg.benchmark.evaluation import Accuracy
from mmpose_lrfg.benchmark.timing import Timing, summarize
from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.utils.tables import Column, Table

from .settings import Settings
from .worker import Memory, PoseRun


@dataclass
class PoseTiming(Timing):
    """Timing from an image to poses.

    Args:
        found (int): Poses found.
        stages (dict[str, float]): Median milliseconds by stage.
        post_share (float): Share of decoding, NMS and the way back to the image's pixels, 0..1.
    """

    found: int = 0
    stages: dict[str, float] = field(default_factory=dict)
    post_share: float = 0.0

    @classmethod
    def of(cls, runs: Sequence[PoseRun], reference: Sequence[PoseRun] | None) -> 'PoseTiming':
        """Summarize repetitions; those of the first model are the reference of the ratio."""
        first = None if reference is None else [run.seconds for run in reference]
        timing = summarize([run.seconds for run in runs], first)

        def median(value: Callable[[PoseRun], float]) -> float:
            return float(np.median([value(run) for run in runs]))

        names = sorted({name for run in runs for name in run.stages})
        return cls(
            **asdict(timing),
            found=runs[-1].found,
            stages={name: median(lambda r, n=name: 1000 * r.stages.get(n, 0)) for name in names},
            post_share=median(lambda run: run.stages.get('post', 0) / run.seconds),
        )


@dataclass
class Result:
    """What is known of a model, and what was measured.

    Args:
        entry (Entry): The model.
        input_shape (tuple[int, int]): Height and width of the network's input.
        random (bool): Whether its weights are.
        network (dict[int, Timing]): Of the network alone, by batch size.
        poses (dict[int, PoseTiming]): From image to poses, by people in the image.
        memory (Memory | None), complexity (Complexity | None), accuracy (Accuracy | None): As
            measured.
        reason (str): Why it was not measured, or not completely.
    """

    entry: Entry
    input_shape: tuple[int, int]
    random: bool = True
    network: dict[int, Timing] = field(default_factory=dict)
    poses: dict[int, PoseTiming] = field(default_factory=dict)
    memory: Memory | None = None
    complexity: Complexity | None = None
    accuracy: Accuracy | None = None
    reason: str = ''

    @property
    def ap(self) -> float | None:
        """AP in percent, measured or published."""
        if self.accuracy:
            return self.accuracy.ap
        return self.entry.published.ap if self.entry.published else self.entry.paper_ap

    @property
    def ap_source(self) -> str:
        """How the AP was measured, and by whom."""
        if self.accuracy or self.entry.published:
            return str(self.accuracy or self.entry.published)
        return 'the paper: val2017, 960 pixels' if self.entry.paper_ap else ''

    def count(self, name: str) -> int | None:
        """Parameters (``'params'``) or multiply-adds (``'macs'``), if counted."""
        return getattr(self.complexity, name, None)

    def to_dict(self) -> dict:
        """Return plain values, for JSON."""
        entry = self.entry
        known = dict(name=entry.name, title=entry.title, kind=entry.kind)
        measured = asdict(replace(self, entry=None))
        del measured['entry']
        return {**known, **measured, 'ap': self.ap, 'ap_source': self.ap_source}


def tables(results: Sequence[Result], gpu: bool) -> list[Table]:
    """Return the tables: size and accuracy, the network alone, and one for each number of people.

    Args:
        results (Sequence[Result]): One for each model.
        gpu (bool): Whether there is a column of the GPU's memory.
    """
    model = Column('model', lambda row: row.entry.title)
    size = [
        model,
        Column('kind', lambda row: row.entry.kind),
        Column('input', lambda row: '{} x {}'.format(*row.input_shape)),
        Column('M params', lambda row: row.count('params'), '.2f', scale=1e-6),
        Column('in paper', lambda row: row.entry.paper_params, '.1f'),
        Column('GMACs', lambda row: row.count('macs'), '.1f', scale=1e-9),
        Column('AP', _ap_text, left=False),
    ]
    found = [Table(results, size, 'Size and accuracy')]
    network = []
    for number, batch in enumerate(sorted({batch for row in results for batch in row.network})):
        timing = partial(lambda row, batch: row.network.get(batch), batch=batch)
        if number == 0:
            network.append(_timing_column('network ms', timing, 'median', '.1f'))
        network.append(_rate_column(f'images/s, batch {batch}', timing, batch))
    if network:
        network.append(Column('memory MB', lambda row: row.memory and row.memory.process, '.0f'))
        if gpu:
            network.append(Column('GPU MB', lambda row: row.memory and row.memory.gpu, '.0f'))
        title = 'The network alone; memory of the process'
        found.append(Table(results, [model, *network], title))
    for people in sorted({people for row in results for people in row.poses}):
        timing = partial(lambda row, people: row.poses.get(people), people=people)
        columns = [
            model,
            _timing_column('ms', timing, 'median', '.1f'),
            _timing_column('p90', timing, 'p90', '.1f'),
            _rate_column('images/s', timing, 1),
            _timing_column('ratio', timing, 'ratio', '.2f'),
            _timing_column('found', timing, 'found', 'd'),
            _timing_column('post', timing, 'post_share', '.1%'),
        ]
        first = results[0].entry.title
        title = f'{people} people, image to poses; ratio: time over that of {first}'
        found.append(Table(results, columns, title))
    return found


def _ap_text(row: Result) -> str | None:
    return row.ap and f'{row.ap:.1f}{"" if row.accuracy else "*"}'


def _timing_column(title: str, timing: Callable, name: str, form: str) -> Column:
    return Column(title, lambda row: getattr(timing(row), name, None), form)


def _rate_column(title: str, timing: Callable, batch: int) -> Column:
    return Column(title, lambda row: timing(row) and 1000 * batch / timing(row).median, '.1f')


def remarks(results: Sequence[Result]) -> list[str]:
    """Return sentences on failures, differences from the paper, and published accuracies."""
    lines = []
    for row in results:
        title, entry = row.entry.title, row.entry
        if row.reason:
            lines.append(f'{title} was not measured: {row.reason}.')
        elif entry.no_poses:
            lines.append(f'{title} is not timed from image to poses: {entry.no_poses}.')
        if entry.counted and row.complexity:
            lines.append(f'{title}, parameters: {entry.counted}.')
        if row.ap is not None:
            lines.append(f'{title}: AP {row.ap_source}{"." if row.accuracy else " (published)."}')
    if any(row.random and row.poses for row in results):
        lines.append(
            'Weights are random unless a checkpoint is given; thresholds are set to find as many '
            'people as the image shows.'
        )
    if any(row.ap is not None and not row.accuracy for row in results):
        lines.append('* published, not measured here.')
    return [*lines, f'{DEFINITION}.']


def conditions(settings: Settings) -> dict:
    """Return what the numbers depend on."""
    return dict(
        runtime=settings.runtime,
        device=settings.device,
        processor=processor(settings.device),
        threads=settings.threads,
        repetitions=settings.repetitions,
        fused='all' if settings.fused else 'ours',
        image=list(settings.image),
        torch=torch.__version__,
    )


def processor(device: str) -> str:
    """Return the name of the GPU or CPU."""
    if device.startswith('cuda') and torch.cuda.is_available():
        return torch.cuda.get_device_name(device)
    names = []
    if (info := Path('/proc/cpuinfo')).is_file():
        lines = info.read_text().splitlines()
        names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    return f'{names[0] if names else platform.machine()}, {os.cpu_count()} cores'


def describe(settings: Settings) -> str:
    """Return the conditions as a sentence."""
    height, width = settings.image
    return (
        f'{settings.runtime} on {settings.device} ({processor(settings.device)}), '
        f'{settings.threads} threads, medians of {settings.repetitions} repetitions, images of '
        f'{width} x {height} pixels'
    )


def print_report(results: Sequence[Result], settings: Settings, console=None) -> None:
    """Print all tables and remarks."""
    from rich.console import Console

    console = console or Console()
    console.print(f'{describe(settings)}\n', highlight=False, markup=False)
    for table in tables(results, settings.device != 'cpu'):
        table.print(console, lambda row: 'red' if row.reason else None)
    for line in remarks(results):
        console.print(line, style='dim', highlight=False, markup=False)


def to_markdown(results: Sequence[Result], settings: Settings) -> str:
    """Return all tables and remarks."""
    found = [table.to_markdown() for table in tables(results, settings.device != 'cpu')]
    lines = ''.join(f'- {line}\n' for line in remarks(results))
    return '\n'.join([f'{describe(settings)}.\n', *found, lines])


def to_csv(results: Sequence[Result], settings: Settings) -> str:
    """Return one line a model, with all columns and full numbers."""
    columns = [Column('name', lambda row: row.entry.name)]
    for table in tables(results, settings.device != 'cpu'):
        people, people_table, _ = table.title.partition(' people,')
        prefix = f'{people} people: ' if people_table else ''
        own = table.columns if len(columns) == 1 else table.columns[1:]
        columns += [replace(column, title=prefix + column.title) for column in own]
    columns += [Column('AP source', 'ap_source')]
    columns += [Column('reason', lambda row: row.reason or row.entry.no_poses)]
    return Table(results, columns).to_csv()


def to_json(results: Sequence[Result], settings: Settings, points: Mapping | None = None) -> dict:
    """Return everything; of a sweep its points (x, milliseconds) by title."""
    content = dict(conditions(settings), models=[row.to_dict() for row in results])
    return content if points is None else dict(content, sweep=dict(points))
