"""Results of a benchmark, and their tables with remarks."""

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
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
        network (Timing, optional): Of the network alone, for a batch.
        poses (PoseTiming, optional): From image to poses.
        memory (Memory | None), complexity (Complexity | None), accuracy (Accuracy | None): As
            measured.
        reason (str): Why it was not measured, or not completely.
        note (str): Remark.
    """

    entry: Entry
    input_shape: tuple[int, int]
    random: bool = True
    network: Timing | None = None
    poses: PoseTiming | None = None
    memory: Memory | None = None
    complexity: Complexity | None = None
    accuracy: Accuracy | None = None
    reason: str = ''
    note: str = ''

    @classmethod
    def of(cls, entry: Entry, settings: Settings) -> 'Result':
        """Return the result of a model before anything is measured."""
        shape = entry.shape_for(settings.img_size)
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
    """Return the tables of size and accuracy, of the network alone, and of image to poses."""
    model, batch = Column('model', lambda row: row.entry.title), settings.batch_size
    size = [
        model,
        Column('kind', lambda row: row.entry.kind),
        Column('input', lambda row: '{} x {}'.format(*row.input_shape)),
        _column('M params', 'complexity', 'params', '.2f', 1e-6),
        Column('in paper', lambda row: row.entry.paper_params, '.1f'),
        _column('GMACs', 'complexity', 'macs', '.1f', 1e-9),
        Column('AP', _ap_text, left=False),
    ]
    found = [Table(results, size, 'Size and accuracy')]
    if any(row.network for row in results):
        columns = [
            model,
            _column('ms', 'network', 'median', '.1f'),
            _rate('network', batch),
            _column('memory MB', 'memory', 'process', '.0f'),
        ]
        if settings.device != 'cpu':
            columns.append(_column('GPU MB', 'memory', 'gpu', '.0f'))
        title = f'The network alone, batch size {batch}; memory of the process'
        found.append(Table(results, columns, title))
    if any(row.poses for row in results):
        columns = [
            model,
            _column('ms', 'poses', 'median', '.1f'),
            _column('p90', 'poses', 'p90', '.1f'),
            _rate('poses', 1),
            _column('ratio', 'poses', 'ratio', '.2f'),
            _column('found', 'poses', 'found', 'd'),
            _column('post', 'poses', 'post_share', '.1%'),
            Column('note'),
        ]
        if not any(row.note for row in results):
            del columns[-1]
        first = results[0].entry.title
        title = f'Image of {settings.people} people to poses; ratio: time over that of {first}'
        found.append(Table(results, columns, title))
    return found


def _column(title: str, part: str, name: str, form: str, scale: float = 1) -> Column:
    """Return a column of an attribute of a part of the rows, empty where there is no such part."""
    return Column(title, lambda row: getattr(getattr(row, part), name, None), form, scale=scale)


def _rate(part: str, batch: int) -> Column:
    def rate(row: Result) -> float | None:
        timing = getattr(row, part)
        return timing and 1000 * batch / timing.median

    return Column('images/s', rate, '.1f')


def _ap_text(row: Result) -> str | None:
    return row.ap and f'{row.ap:.1f}{"" if row.accuracy else "*"}'


def remarks(results: Sequence[Result]) -> list[str]:
    """Return sentences on failures and on the sources of accuracies."""
    lines = []
    for row in results:
        if row.reason:
            lines.append(f'{row.entry.title} was not measured: {row.reason}.')
        if row.ap is not None:
            published = '' if row.accuracy else ' (published)'
            lines.append(f'{row.entry.title}: AP by {row.ap_source}{published}.')
    if any(row.note for row in results):
        lines.append('Not fused: networks of which mmcv cannot fold BatchNorm into convolutions.')
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
    return (
        f'{settings.device} ({processor(settings.device)}), {settings.threads} threads, medians of '
        f'{settings.repetitions} repetitions, image of {settings.source_size[1]} x '
        f'{settings.source_size[0]} pixels'
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


def to_json(results: Sequence[Result], settings: Settings) -> dict:
    """Return everything."""
    return dict(
        device=settings.device,
        processor=processor(settings.device),
        threads=settings.threads,
        repetitions=settings.repetitions,
        batch_size=settings.batch_size,
        people=settings.people,
        source_size=list(settings.source_size),
        fused='all' if settings.fused else 'ours',
        torch=torch.__version__,
        models=[row.to_dict() for row in results],
    )
