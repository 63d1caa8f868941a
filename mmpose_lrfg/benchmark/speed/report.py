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

from mmpose_lrfg.benchmark.complexity import DEFINITION
from mmpose_lrfg.runtime.files import replacing, write_json

from .columns import remarks, tables
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
        fused='all' if settings.fused else 'ours',
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
    """Print the tables and what is to be said of them."""
    console = console or Console()
    console.print(f'{describe(settings)}\n', highlight=False, markup=False)
    for title, columns in tables(rows, settings.device != 'cpu').items():
        table = Table(title=title, title_justify='left')
        table.add_column('model', overflow='fold', min_width=12)
        for column in columns:
            table.add_column(column.title, justify='left' if column.left else 'right')
        for row in rows:
            style = 'red' if row.reason else None
            table.add_row(row.title, *(column.cell(row) for column in columns), style=style)
        console.print(table)
    for line in [*remarks(rows), f'{DEFINITION}.']:
        console.print(line, style='dim', highlight=False, markup=False)


def to_markdown(rows: Sequence[Row], settings: Settings) -> str:
    """The tables and their remarks."""
    lines = [f'{describe(settings)}.', '']
    for title, columns in tables(rows, settings.device != 'cpu').items():
        lines += [
            f'**{title}**',
            '',
            '| model | ' + ' | '.join(column.title for column in columns) + ' |',
            '|---|' + '|'.join('---' if column.left else '---:' for column in columns) + '|',
        ]
        for row in rows:
            cells = [row.title, *(column.cell(row) for column in columns)]
            lines.append('| ' + ' | '.join(cells) + ' |')
        lines.append('')
    return '\n'.join([*lines, *(f'- {line.strip()}' for line in remarks(rows)), ''])


def to_csv(rows: Sequence[Row], settings: Settings) -> str:
    """One line a model, numbers in full; the reasons in the last columns."""
    columns, titles = [], []
    for title, found in tables(rows, settings.device != 'cpu').items():
        people, mark, _ = title.partition(' people')
        for column in found:
            titles.append(f'{people} people: {column.title}' if mark else column.title)
            columns.append(column)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator='\n')
    writer.writerow(['name', 'model', *titles, 'AP says', 'reason'])
    for row in rows:
        values = [column.value(row) for column in columns]
        reason = row.reason or row.no_poses
        writer.writerow([row.name, row.title, *values, row.ap_says, reason])
    return out.getvalue()


def write(path: str | Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def write_results(
    path: str | Path, rows: Sequence[Row], settings: Settings, points: dict | None = None
) -> None:
    """Everything, as JSON; of a sweep its points, (people or pixels, milliseconds), by title."""
    content = dict(conditions(settings), models=[row.to_dict() for row in rows])
    if points is not None:
        content['sweep'] = {title: line for title, (_, line) in points.items()}
    write_json(path, content)
