"""Prints what :mod:`.complexity` measured."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from .complexity import DEFINITION


def print_table(rows: Sequence[dict], console: Console | None = None) -> None:
    """Print a table of whole networks, the paper's numbers beside ours, and one of their parts.

    Args:
        rows (Sequence[dict]): Of :func:`.complexity.measure_config`.
        console (Console, optional): Where to. Defaults to stdout.
    """
    console = console or Console()
    console.print(Group(networks(rows), parts(rows), Text(f'{DEFINITION}.', style='dim')))


def name_of(row: dict) -> str:
    """The config's name without folders."""
    return Path(row['config'].rpartition('::')[2]).stem


def networks(rows: Sequence[dict]) -> Table:
    """One line a network; columns of the paper where it lists one of them."""
    table = Table(title='Networks', title_justify='left')
    table.add_column('network', overflow='fold')
    paper = any('paper' in row for row in rows)
    headers = ['input', 'M params', *(['in paper'] if paper else []), 'GMACs']
    for header in headers + (['AP in paper'] if paper else []):
        table.add_column(header, justify='right', no_wrap=True, style='cyan' * ('paper' in header))
    for row in rows:
        height, width = row['shape']
        known = row.get('paper')
        cells = [name_of(row), f'{height} x {width}', f'{row["params"] / 1e6:.2f}']
        if paper:
            cells.append(f'{known["params_m"]:.1f}' if known else '-')
        cells.append(f'{row["macs"] / 1e9:.2f}')
        if paper:
            cells.append(f'{known["ap"]:.1f}' if known else '-')
        table.add_row(*cells)
    return table


def parts(rows: Sequence[dict]) -> Table:
    """One line a network: M parameters / GMACs of every part."""
    names = list(dict.fromkeys(part for row in rows for part in row['parts']))
    table = Table(title='Their parts: M params / GMACs', title_justify='left')
    table.add_column('network', overflow='fold')
    for name in names:
        table.add_column(name, justify='right', no_wrap=True)
    for row in rows:
        found = (row['parts'].get(name) for name in names)
        table.add_row(
            name_of(row),
            *(f'{p["params"] / 1e6:.2f} / {p["macs"] / 1e9:.2f}' if p else '-' for p in found),
        )
    return table
