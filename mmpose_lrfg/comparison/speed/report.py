"""Writes a benchmark: terminal, Markdown, CSV, JSON."""

import csv
import io
import os
import platform
from collections.abc import Sequence
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from mmpose_lrfg.engine.complexity import DEFINITION
from mmpose_lrfg.runtime.files import replacing, write_json

from .columns import columns, remarks
from .rows import Row
from .settings import Settings


def conditions(settings: Settings) -> dict:
    """What the numbers depend on."""
    return dict(
        runtime=settings.runtime,
        device=settings.device,
        processor=processor(settings.device),
        threads=settings.threads,
        rounds=settings.rounds,
        image=list(settings.image),
        torch=torch.__version__,
    )


def processor(device: str) -> str:
    """Name of what computes."""
    if device.startswith('cuda') and torch.cuda.is_available():
        return torch.cuda.get_device_name(device)
    try:
        lines = Path('/proc/cpuinfo').read_text().splitlines()
        names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    except OSError:
        names = []
    return f'{names[0] if names else platform.machine()}, {os.cpu_count()} cores'


def describe(settings: Settings) -> str:
    """The conditions as a sentence."""
    told = conditions(settings)
    height, width = settings.image
    return (
        f'{told["runtime"]} on {told["device"]} ({told["processor"]}), {told["threads"]} threads, '
        f'medians of {told["rounds"]} rounds, pictures of {width} x {height} pixels'
    )


def print_table(rows: Sequence[Row], settings: Settings, console: Console | None = None) -> None:
    """Print the table and what is to be said of it."""
    console = console or Console()
    table = Table(title=describe(settings), title_justify='left')
    shown = columns(rows, rows[0].title, settings.device != 'cpu')
    for column in shown:
        table.add_column(
            column.title,
            justify='left' if column.left else 'right',
            no_wrap=not column.left,
            overflow='fold',
        )
    for row in rows:
        table.add_row(*(column.cell(row) for column in shown), style='red' if row.reason else None)
    console.print(table)
    for line in [*remarks(rows), f'{DEFINITION}.']:
        console.print(line, style='dim', highlight=False, markup=False)


def to_markdown(rows: Sequence[Row], settings: Settings) -> str:
    """A table and its remarks."""
    shown = columns(rows, rows[0].title, settings.device != 'cpu')
    lines = [
        f'{describe(settings)}.',
        '',
        '| ' + ' | '.join(column.title for column in shown) + ' |',
        '|' + '|'.join('---' if column.left else '---:' for column in shown) + '|',
    ]
    lines += ['| ' + ' | '.join(column.cell(row) for column in shown) + ' |' for row in rows]
    lines += ['', *(f'- {line.strip()}' for line in remarks(rows)), '']
    return '\n'.join(lines)


def to_csv(rows: Sequence[Row], settings: Settings) -> str:
    """One line a model, numbers in full; the reasons in the last columns."""
    shown = columns(rows, rows[0].name, settings.device != 'cpu')
    out = io.StringIO()
    writer = csv.writer(out, lineterminator='\n')
    # Titles such as p90 come once for each number of people.
    titles, group = [], ''
    for column in shown:
        group = column.title.partition(':')[0] if ': ms' in column.title else group
        own = column.title in ('p90', 'found', 'post') or column.title.startswith('x ')
        titles.append(f'{group}: {column.title}' if own else column.title)
    writer.writerow(['name', *titles, 'AP says', 'reason'])
    for row in rows:
        cells = [column.value(row) for column in shown]
        writer.writerow([row.name, *cells, row.ap_says, row.reason or row.no_poses])
    return out.getvalue()


def write(path: str | Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def write_results(path: str | Path, rows: Sequence[Row], settings: Settings) -> None:
    """Everything, as JSON."""
    write_json(path, dict(conditions(settings), models=[row.to_dict() for row in rows]))
