"""Results of a benchmark, and their tables with remarks."""

import os
import platform
import re
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from mmpose_lrfg.benchmark.complexity import DEFINITION, Complexity
from mmpose_lrfg.benchmark.timing import Timing, summarize
from mmpose_lrfg.benchmark.zoo import Accuracy, Entry
from mmpose_lrfg.utils.tables import Column, Table

from .backends import PoseRun
from .settings import Settings


@dataclass
class PoseTiming(Timing):
    """Timing from an image to poses."""

    found: int = 0  # poses
    post_share: float = 0.0  # of decoding, NMS and the way back to the image's pixels, 0..1

    @classmethod
    def of(cls, runs: Sequence[PoseRun], reference: Sequence[PoseRun] | None) -> 'PoseTiming':
        """Summarize repetitions; those of the first model are the reference of the ratio."""
        first = reference and [run.seconds for run in reference]
        timing = asdict(summarize([run.seconds for run in runs], first))
        shares = [run.stages.get('post', 0) / run.seconds for run in runs]
        return cls(**timing, found=runs[-1].found, post_share=statistics.median(shares))


@dataclass
class Result:
    """What is known of a model, and what was measured."""

    entry: Entry
    input_shape: tuple[int, int]  # height and width
    random: bool = True  # its weights
    network: Timing | None = None  # of the network alone, for a batch
    poses: PoseTiming | None = None
    memory: dict[str, float | None] | None = None  # peak MB of the process and the gpu
    complexity: Complexity | None = None
    accuracy: Accuracy | None = None
    reason: str = ''  # why it was not measured, or not completely

    @classmethod
    def of(cls, entry: Entry, settings: Settings) -> 'Result':
        """Return the result of a model before anything is measured."""
        shape = entry.shape_for(settings.img_size)
        return cls(entry, shape, random=entry.name not in settings.checkpoints)

    @property
    def shown(self) -> Accuracy:
        """Its accuracy, measured or published; the AP is None if there is neither."""
        return self.accuracy or self.entry.published or Accuracy(None, '')

    def to_dict(self) -> dict:
        """Return plain values, for JSON."""
        entry, (ap, source) = self.entry, self.shown
        about = dict(name=entry.name, title=entry.title, kind=entry.kind, ap=ap, ap_source=source)
        measured = asdict(replace(self, entry=None))
        del measured['entry']
        return about | measured


def tables(results: Sequence[Result], settings: Settings) -> list[Table]:
    """Return the tables of size and accuracy, of the network alone, and of image to poses."""
    model, batch = Column('model', 'entry.title'), settings.batch_size
    size = [
        model,
        Column('kind', 'entry.kind'),
        Column('input', lambda row: '{} x {}'.format(*row.input_shape)),
        Column('M params', 'complexity.params', '.2f', scale=1e-6),
        Column('in paper', 'entry.paper_params', '.1f'),
        Column('GMACs', 'complexity.macs', '.1f', scale=1e-9),
        Column('AP', _ap, left=False),
    ]
    network = [
        model,
        Column('ms', 'network.median', '.1f'),
        Column('images/s', lambda row: row.network and 1000 * batch / row.network.median, '.1f'),
        Column('memory MB', 'memory.process', '.0f'),
        Column('GPU MB', 'memory.gpu', '.0f'),
    ]
    poses = [
        model,
        Column('ms', 'poses.median', '.1f'),
        Column('p90', 'poses.p90', '.1f'),
        Column('ratio', 'poses.ratio', '.2f'),
        Column('found', 'poses.found', 'd'),
        Column('post', 'poses.post_share', '.1%'),
    ]
    found = [Table(results, size, 'Size and accuracy')]
    if any(row.network for row in results):
        title = f'The network alone, batch size {batch}; memory of the process'
        found.append(Table(results, network[: 4 + (settings.device != 'cpu')], title))
    if any(row.poses for row in results):
        first = results[0].entry.title
        title = f'Image of {settings.people} people to poses; ratio: time over that of {first}'
        found.append(Table(results, poses, title))
    return found


def _ap(row: Result) -> str | None:
    return row.shown.ap and f'{row.shown.ap:.1f}{"" if row.accuracy else "*"}'


def remarks(results: Sequence[Result]) -> list[str]:
    """Return sentences on failures and on the sources of accuracies."""
    lines = []
    for row in results:
        if row.reason:
            lines.append(f'{row.entry.title} was not measured: {row.reason}.')
        if row.shown.ap is not None:
            published = '' if row.accuracy else ' (published)'
            lines.append(f'{row.entry.title}: AP by {row.shown.source}{published}.')
    if any(row.random and row.poses for row in results):
        lines.append(
            'Weights are random unless a checkpoint is given; thresholds are set to find as many '
            'people as the image shows.'
        )
    if any(row.shown.ap and not row.accuracy for row in results):
        lines.append('* published, not measured here.')
    return [*lines, f'{DEFINITION}.']


def processor(device: str) -> str:
    """Return the name of the GPU or CPU."""
    if device.startswith('cuda') and torch.cuda.is_available():
        return torch.cuda.get_device_name(device)
    info = Path('/proc/cpuinfo')  # on Linux
    name = re.search(r'model name\s*: (.+)', info.read_text() if info.is_file() else '')
    return f'{name[1] if name else platform.machine()}, {os.cpu_count()} cores'


def describe(settings: Settings) -> str:
    """Return the conditions as a sentence."""
    return (
        f'{settings.device} ({processor(settings.device)}), {settings.threads} threads, medians of '
        f'{settings.repetitions} repetitions, image of {settings.source_size[1]} x '
        f'{settings.source_size[0]} pixels'
    )


def print_report(results: Sequence[Result], settings: Settings) -> None:
    """Print all tables and remarks."""
    print(f'{describe(settings)}\n')
    for table in tables(results, settings):
        table.print()
    print(*remarks(results), sep='\n')


def to_markdown(results: Sequence[Result], settings: Settings) -> str:
    """Return all tables and remarks."""
    found = [table.to_markdown() for table in tables(results, settings)]
    lines = ''.join(f'- {line}\n' for line in remarks(results))
    return '\n'.join([f'{describe(settings)}.\n', *found, lines])


def to_json(results: Sequence[Result], settings: Settings) -> dict:
    """Return everything."""
    kept = ('device', 'threads', 'repetitions', 'batch_size', 'people', 'source_size', 'fused')
    about = dict(processor=processor(settings.device), torch=torch.__version__)
    models = [row.to_dict() for row in results]
    return {**{name: getattr(settings, name) for name in kept}, **about, 'models': models}
