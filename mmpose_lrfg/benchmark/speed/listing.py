"""Prints the models that can be compared."""

from rich.console import Console
from rich.table import Table

from mmpose_lrfg.benchmark.zoo import GROUPS, models


def print_models(console: Console | None = None) -> None:
    """One line a model and a group."""
    console = console or Console()
    table = Table(title='Models', title_justify='left')
    for header in ('name', 'model', 'kind', 'input', 'groups'):
        table.add_column(header, overflow='fold')
    for entry in models().values():
        size = '{} x {}'.format(*entry.shape)
        table.add_row(entry.name, entry.title, entry.kind, size, ' '.join(entry.groups))
    console.print(table)
    table = Table(title='Groups', title_justify='left')
    for name in ('group', 'what', 'models'):
        table.add_column(name)
    for name, what in GROUPS.items():
        table.add_row(name, what, str(sum(name in e.all_groups for e in models().values())))
    console.print(table)
