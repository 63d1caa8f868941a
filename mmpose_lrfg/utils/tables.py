"""Tables of results: on the terminal, in Markdown, CSV and JSON, from one list of columns.

Example:
    >>> table = Table([dict(name='s6', ap=0.664)], ['name', Column('AP', 'ap', '.1%')])
    >>> print(table.to_markdown(), end='')
    | name | AP |
    |---|---:|
    | s6 | 66.4% |
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from mmpose_lrfg.runtime.files import replacing

MISSING = '-'
NAME_WIDTH = 12  # characters of the first column that are not wrapped


@dataclass(frozen=True)
class Column:
    """A column of a :class:`Table`.

    Args:
        title (str): Its header.
        value (str | Callable, optional): Key or attribute of a row, or a function of the row. By
            default the title.
        format (str): Format specification for people, such as ``'.1f'``. CSV and JSON keep the
            full value.
        left (bool): Align to the left, as text; columns without a format are text.
        scale (float): Factor of numbers, such as 1e-6 for millions.
    """

    title: str
    value: str | Callable[[Any], object] | None = None
    format: str = ''
    left: bool | None = None
    scale: float = 1

    def of(self, row: Any) -> object:
        """Return the value in a row; None where there is none."""
        if callable(self.value):
            value = self.value(row)
        else:
            name = self.value or self.title
            value = row.get(name) if isinstance(row, dict) else getattr(row, name)
        return value if value is None or self.scale == 1 else value * self.scale

    def cell(self, row: Any) -> str:
        """Return the value in a row as text; ``-`` where there is none."""
        value = self.of(row)
        if value is None or value == '':
            return MISSING
        return str(value) if isinstance(value, str) else format(value, self.format)

    @property
    def is_text(self) -> bool:
        """Whether it is aligned to the left."""
        return not self.format if self.left is None else self.left


class Table:
    """Rows and what to show of them.

    Args:
        rows (Sequence): Dataclass instances, dicts, or objects that the columns can read.
        columns (Sequence[str | Column], optional): A name stands for the column of that title. By
            default all fields of the first row.
        title (str): Heading.
    """

    def __init__(
        self, rows: Sequence, columns: Sequence[str | Column] | None = None, title: str = ''
    ):
        if columns is None:
            first = rows[0] if rows else {}
            columns = [f.name for f in fields(first)] if is_dataclass(first) else list(first)
        self.rows = list(rows)
        self.columns = [c if isinstance(c, Column) else Column(c) for c in columns]
        self.title = title

    def to_markdown(self) -> str:
        """Return a Markdown table, with its title above it in bold."""
        lines = [f'**{self.title}**', ''] if self.title else []
        lines.append(_line(column.title for column in self.columns))
        lines.append(f'|{"|".join("---" if c.is_text else "---:" for c in self.columns)}|')
        lines += [_line(column.cell(row) for column in self.columns) for row in self.rows]
        return '\n'.join(lines) + '\n'

    def to_csv(self) -> str:
        """Return CSV with a header line; values in full."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator='\n')
        writer.writerow(column.title for column in self.columns)
        writer.writerows([column.of(row) for column in self.columns] for row in self.rows)
        return text.getvalue()

    def to_records(self) -> list[dict[str, object]]:
        """Return one dict for each row, by title of the column; values in full."""
        return [{column.title: column.of(row) for column in self.columns} for row in self.rows]

    def print(self, console=None, style: Callable[[Any], str | None] = lambda row: None) -> None:
        """Print to the terminal.

        Args:
            console (rich.console.Console, optional): Where to; stdout by default.
            style (Callable): Row -> its style of rich, such as ``'red'``.
        """
        from rich.console import Console
        from rich.markup import escape
        from rich.table import Table as RichTable

        shown = RichTable(title=self.title and escape(self.title), title_justify='left')
        for number, column in enumerate(self.columns):
            shown.add_column(
                escape(column.title),
                justify='left' if column.is_text else 'right',
                overflow='fold',
                min_width=NAME_WIDTH if number == 0 else None,
            )
        for row in self.rows:
            shown.add_row(*(escape(c.cell(row)) for c in self.columns), style=style(row))
        (console or Console()).print(shown)


def write_text(path: str | Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def write_table(path: str | Path, table: Table) -> None:
    """Write a table in the format that the suffix names: ``.md``, ``.csv`` or ``.json``.

    Raises:
        ValueError: On another suffix.
    """
    writers = {
        '.md': table.to_markdown,
        '.csv': table.to_csv,
        '.json': lambda: json.dumps(table.to_records()),
    }
    suffix = Path(path).suffix
    if suffix not in writers:
        raise ValueError(f'a table is written as {", ".join(writers)}, got {path}')
    write_text(path, writers[suffix]())


def _line(cells) -> str:
    return f'| {" | ".join(cell.replace("|", chr(92) + "|") for cell in cells)} |'
