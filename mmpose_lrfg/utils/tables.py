"""Tables of results: on the terminal, in Markdown and CSV, from one list of columns.

Examples:
    >>> table = Table([dict(name='s6', ap=0.664)], ['name', Column('AP', 'ap', '.1%')])
    >>> print(table.to_markdown(), end='')
    | name | AP |
    |---|---:|
    | s6 | 66.4% |
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmpose_lrfg.runtime.files import write_bytes

MISSING = '-'
NAME_WIDTH = 12
"""Characters of the first column that are not wrapped."""


@dataclass(frozen=True)
class Column:
    """A column of a :class:`Table`.

    Args:
        title (str): Its header.
        value (str | Callable, optional): Key or attribute of a row, ``'a.b'`` for one inside
            another, or a function of the row. By default the title.
        format (str): Format specification for people, such as ``'.1f'``. CSV keeps the full value.
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
            value = row
            for name in self.value.split('.') if self.value else [self.title]:
                if value is not None:
                    value = value.get(name) if isinstance(value, dict) else getattr(value, name)
        return value if value is None or self.scale == 1 else value * self.scale

    def cell(self, row: Any) -> str:
        """Return the value in a row as text; ``-`` where there is none."""
        value = self.of(row)
        if value is None or value == '':
            return MISSING
        return value if isinstance(value, str) else format(value, self.format)

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
            columns = list(first if isinstance(first, dict) else vars(first))
        self.rows = list(rows)
        self.columns = [c if isinstance(c, Column) else Column(c) for c in columns]
        self.title = title

    def to_markdown(self) -> str:
        """Return a Markdown table, with its title above it in bold."""
        rows = [[column.title for column in self.columns]]
        rows += [[column.cell(row) for column in self.columns] for row in self.rows]
        lines = [' | '.join(cell.replace('|', r'\|') for cell in cells) for cells in rows]
        lines = [f'| {line} |' for line in lines]
        lines.insert(1, f'|{"|".join("---" if c.is_text else "---:" for c in self.columns)}|')
        heading = [f'**{self.title}**', ''] if self.title else []
        return '\n'.join([*heading, *lines, ''])

    def to_csv(self) -> str:
        """Return CSV with a header line; values in full."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator='\n')
        writer.writerow(column.title for column in self.columns)
        writer.writerows([column.of(row) for column in self.columns] for row in self.rows)
        return text.getvalue()

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
    write_bytes(path, text.encode())
