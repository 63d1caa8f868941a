import csv
import io
import json
from dataclasses import dataclass

import pytest
from rich.console import Console

from mmpose_lrfg.utils.tables import Column, Table, write_table


@dataclass
class Result:
    name: str
    ap: float | None


ROWS = [Result('s6|a', 0.6641), Result('n6', None)]
COLUMNS = ['name', Column('AP', 'ap', '.1f', scale=100), Column('first', lambda row: row.name[0])]


def test_markdown_is_for_people():
    lines = Table(ROWS, COLUMNS, 'Results').to_markdown().splitlines()
    assert lines[0] == '**Results**'
    assert lines[2:] == [
        '| name | AP | first |', '|---|---:|---|', '| s6\\|a | 66.4 | s |', '| n6 | - | n |',
    ]  # fmt: skip


def test_csv_and_json_keep_full_values(tmp_path):
    table = Table(ROWS, COLUMNS)
    assert list(csv.reader(io.StringIO(table.to_csv()))) == [
        ['name', 'AP', 'first'], ['s6|a', '66.41', 's'], ['n6', '', 'n'],
    ]  # fmt: skip
    write_table(tmp_path / 'x.json', table)
    assert json.loads((tmp_path / 'x.json').read_text())[1] == dict(name='n6', AP=None, first='n')
    with pytest.raises(ValueError, match=r'\.md, \.csv, \.json, got .*x\.xls'):
        write_table(tmp_path / 'x.xls', table)


@pytest.mark.parametrize('rows', [ROWS, [vars(row) for row in ROWS], []])
def test_columns_are_all_fields_by_default(rows):
    table = Table(rows)
    assert [column.title for column in table.columns] == (['name', 'ap'] if rows else [])
    assert len(table.to_records()) == len(rows)


def test_markup_in_cells_is_printed_as_it_is():
    console = Console(width=60, record=True, file=io.StringIO())
    Table([dict(name='[red]x')], title='[1]').print(console, lambda row: 'red')
    assert '[red]x' in (text := console.export_text()) and '[1]' in text
