"""Results of a benchmark, and their tables with remarks."""

import os
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from rich.console import Console

from mmpose_lrfg.benchmark.complexity import DEFINITION, Complexity
from mmpose_lrfg.benchmark.evaluation import Accuracy
from mmpose_lrfg.benchmark.timing import Timing, summarize
from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.utils.tables import Column, Table

from .backends import Memory, PoseRun
from .settings import Settings


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
        seconds = np.array([run.seconds for run in runs])
        names = sorted({name for run in runs for name in run.stages})
        stages = {name: np.array([run.stages.get(name, 0) for run in runs]) for name in names}
        return cls(
            **asdict(summarize(seconds, first)),
            found=runs[-1].found,
            stages={name: 1000 * float(np.median(own)) for name, own in stages.items()},
            post_share=float(np.median(stages.get('post', 0) / seconds)),
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

    @classmethod
    def of(cls, entry: Entry, settings: Settings) -> 'Result':
        """Return the result of a model before anything is measured."""
        shape = entry.shape_for(settings.shape)
        return cls(entry, shape, random=entry.name not in settings.checkpoints)

    @property
    def ap(self) -> float | None:
        """AP in percent, measured or published."""
        measured = self.accuracy or self.entry.published
        return measured.ap if measured else self.entry.paper_ap

    @property
    def ap_source(self) -> str:
        """How the AP was measured, and by whom."""
        if self.accuracy or self.entry.published:
            return str(self.accuracy or self.entry.published)
        return 'the paper: val2017, 960 pixels' if self.entry.paper_ap else ''

    def to_dict(self) -> dict:
        """Return plain values, for JSON."""
        entry = self.entry
        measured = asdict(replace(self, entry=None))
        del measured['entry']
        about = dict(name=entry.name, title=entry.title, kind=entry.kind)
        return {**about, **measured, 'ap': self.ap, 'ap_source': self.ap_source}


def tables(results: Sequence[Result], settings: Settings) -> list[Table]:
    """Return tables: size and accuracy, the network alone, and one for each number of people."""
    model = Column('model', lambda row: row.entry.title)
    size = [
        model,
        Column('kind', lambda row: row.entry.kind),
        Column('input', lambda row: '{} x {}'.format(*row.input_shape)),
        _column('M params', lambda row: row.complexity, 'params', '.2f', 1e-6),
        Column('in paper', lambda row: row.entry.paper_params, '.1f'),
        _column('GMACs', lambda row: row.complexity, 'macs', '.1f', 1e-9),
        Column('AP', _ap_text, left=False),
    ]
    found = [Table(results, size, 'Size and accuracy')]
    if batches := sorted({batch for row in results for batch in row.network}):
        milliseconds = _column('network ms', lambda r: r.network.get(batches[0]), 'median', '.1f')
        columns = [model, milliseconds]
        for batch in batches:
            timing = partial(lambda batch, row: row.network.get(batch), batch)
            columns.append(_rate(f'images/s, batch {batch}', timing, batch))
        columns.append(_column('memory MB', lambda row: row.memory, 'process', '.0f'))
        if settings.device != 'cpu':
            columns.append(_column('GPU MB', lambda row: row.memory, 'gpu', '.0f'))
        found.append(Table(results, columns, 'The network alone; memory of the process'))
    first = results[0].entry.title
    for people in sorted({people for row in results for people in row.poses}):
        timing = partial(lambda people, row: row.poses.get(people), people)
        columns = [
            model,
            _column('ms', timing, 'median', '.1f'),
            _column('p90', timing, 'p90', '.1f'),
            _rate('images/s', timing, 1),
            _column('ratio', timing, 'ratio', '.2f'),
            _column('found', timing, 'found', 'd'),
            _column('post', timing, 'post_share', '.1%'),
        ]
        title = f'{people} people, image to poses; ratio: time over that of {first}'
        found.append(Table(results, columns, title))
    return found


def _column(title: str, part: Callable, name: str, form: str, scale: float = 1) -> Column:
    """Return a column of an attribute of a part of the rows, empty where there is no such part."""
    return Column(title, lambda row: getattr(part(row), name, None), form, scale=scale)


def _rate(title: str, timing: Callable, batch: int) -> Column:
    return Column(title, lambda row: timing(row) and 1000 * batch / timing(row).median, '.1f')


def _ap_text(row: Result) -> str | None:
    return row.ap and f'{row.ap:.1f}{"" if row.accuracy else "*"}'


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


def processor(device: str) -> str:
    """Return the name of the GPU or CPU."""
    if device.startswith('cuda') and torch.cuda.is_available():
        return torch.cuda.get_device_name(device)
    info = Path('/proc/cpuinfo')
    name = re.search(r'model name\s*: (.+)', info.read_text() if info.is_file() else '')
    return f'{name[1] if name else platform.machine()}, {os.cpu_count()} cores'


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
    console = console or Console()
    console.print(f'{describe(settings)}\n', highlight=False, markup=False)
    for table in tables(results, settings):
        table.print(console, lambda row: 'red' if row.reason else None)
    for line in remarks(results):
        console.print(line, style='dim', highlight=False, markup=False)


def to_markdown(results: Sequence[Result], settings: Settings) -> str:
    """Return all tables and remarks."""
    found = [table.to_markdown() for table in tables(results, settings)]
    lines = ''.join(f'- {line}\n' for line in remarks(results))
    return '\n'.join([f'{describe(settings)}.\n', *found, lines])


def to_csv(results: Sequence[Result], settings: Settings) -> str:
    """Return one line a model, with all columns and full numbers."""
    columns = [
        Column('name', lambda row: row.entry.name),
        Column('model', lambda row: row.entry.title),
    ]
    for table in tables(results, settings):
        people, timed, _ = table.title.partition(' people,')
        prefix = f'{people} people: ' if timed else ''
        columns += [replace(column, title=prefix + column.title) for column in table.columns[1:]]
    columns += [Column('AP source', 'ap_source')]
    columns += [Column('reason', lambda row: row.reason or row.entry.no_poses)]
    return Table(results, columns).to_csv()


def to_json(results: Sequence[Result], settings: Settings, points: Mapping | None = None) -> dict:
    """Return everything; of a sweep its points (x, milliseconds) by title."""
    content = dict(
        runtime=settings.runtime,
        device=settings.device,
        processor=processor(settings.device),
        threads=settings.threads,
        repetitions=settings.repetitions,
        fused='all' if settings.fused else 'ours',
        image=list(settings.image),
        torch=torch.__version__,
        models=[row.to_dict() for row in results],
    )
    return content if points is None else dict(content, sweep=dict(points))
