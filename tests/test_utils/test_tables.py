import csv
import io
from dataclasses import dataclass

import pytest
from rich.console import Console

from mmpose_lrfg.utils.tables import Column, Table


@dataclass
class Result:
    name: str
    ap: float | None


ROWS = [Result('s6|a', 0.6641), Result('n6', None)]
COLUMNS = ['name', Column('AP', 'ap', '.1f', scale=100), Column('first', lambda row: row.name[0])]


def test_markdown_is_for_people():
    lines = Table(ROWS, COLUMNS, 'Results').to_markdown().splitlines()
    assert lines == [
        '**Results**', '',
        '| name | AP | first |', '|---|---:|---|', '| s6\\|a | 66.4 | s |', '| n6 | - | n |',
    ]  # fmt: skip


def test_csv_keeps_full_values():
    assert list(csv.reader(io.StringIO(Table(ROWS, COLUMNS).to_csv()))) == [
        ['name', 'AP', 'first'], ['s6|a', '66.41', 's'], ['n6', '', 'n'],
    ]  # fmt: skip


@pytest.mark.parametrize('rows', [ROWS, [vars(row) for row in ROWS], []])
def test_columns_are_all_fields_by_default(rows):
    assert Table(rows).to_csv().splitlines()[0] == ('name,ap' if rows else '')


def test_markup_in_cells_is_printed_as_it_is():
    console = Console(width=60, record=True, file=io.StringIO())
    Table([dict(name='[red]x')], title='[1]').print(console, lambda row: 'red')
    assert '[red]x' in (text := console.export_text()) and '[1]' in text
