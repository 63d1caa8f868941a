"""The columns of the tables, the same on the terminal, in Markdown and in CSV."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .rows import Row

NOTHING = '-'


@dataclass(frozen=True)
class Column:
    """A column.

    Args:
        title (str): Its header.
        value (Callable): Row -> what a CSV file has; None for nothing.
        text (str): Format of that value for people.
        left (bool): Text, not numbers.
    """

    title: str
    value: Callable[[Row], object]
    text: str = '{}'
    left: bool = False

    def cell(self, row: Row) -> str:
        """For people."""
        value = self.value(row)
        return NOTHING if value is None or value == '' else self.text.format(value)


def size_columns() -> list[Column]:
    """What a model is, and how accurate."""
    found = [
        Column('kind', lambda row: row.kind, left=True),
        Column('input', lambda row: '{} x {}'.format(*(row.image_shape or row.shape))),
        Column('M params', lambda row: row.params and row.params / 1e6, '{:.2f}'),
        Column('in paper', lambda row: row.paper_params, '{:.1f}'),
        Column('GMACs', lambda row: row.macs and row.macs / 1e9, '{:.1f}'),
    ]
    return [*found, Column('AP', _accuracy)]


def network_columns(rows: Sequence[Row], cuda: bool) -> list[Column]:
    """Times of the network alone, and memory; ``cuda`` adds that of a GPU."""
    batches = sorted({batch for row in rows for batch in row.network})
    found = []
    for batch in batches:
        network = _of('network', batch)
        if batch == batches[0]:
            found.append(Column('network ms', _take(network, 'median'), '{:.1f}'))
        found.append(Column(f'images/s, batch {batch}', _rate(network, batch), '{:.1f}'))
    found.append(Column('memory MB', lambda row: row.rss_mb, '{:.0f}'))
    if cuda:
        found.append(Column('GPU MB', lambda row: row.cuda_mb, '{:.0f}'))
    return found


def pose_columns(people: int) -> list[Column]:
    """Times from an image with so many people to their poses."""
    timed = _of('poses', people)
    return [
        Column('ms', _take(timed, 'median'), '{:.1f}'),
        Column('p90', _take(timed, 'p90'), '{:.1f}'),
        Column('images/s', _rate(timed, 1), '{:.1f}'),
        Column('ratio', _take(timed, 'ratio'), '{:.2f}'),
        Column('found', _take(timed, 'found')),
        Column('post', _take(timed, 'post_share'), '{:.1%}'),
    ]


def tables(rows: Sequence[Row], cuda: bool) -> dict[str, list[Column]]:
    """Columns by the title of the table they belong to."""
    people = sorted({number for row in rows for number in row.poses})
    found = {'Size and accuracy': size_columns()}
    if any(row.network for row in rows):
        found['The network alone; memory of the process'] = network_columns(rows, cuda)
    for number in people:
        title = f'{number} people, image to poses; ratio: time over that of {rows[0].title}'
        found[title] = pose_columns(number)
    return found


def _of(kind: str, key: int) -> Callable[[Row], object]:
    return lambda row: getattr(row, kind).get(key)


def _take(timed: Callable, name: str) -> Callable[[Row], object]:
    return lambda row: getattr(timed(row), name) if timed(row) else None


def _rate(timed: Callable, batch: int) -> Callable[[Row], object]:
    return lambda row: 1000 * batch / timed(row).median if timed(row) else None


def _accuracy(row: Row) -> str | None:
    """Published ones have a mark, for they are of other pictures and protocols than each other."""
    if row.ap is None:
        return None
    return f'{row.ap:.1f}' if row.ap_measured else f'{row.ap:.1f}*'


def remarks(rows: Sequence[Row]) -> list[str]:
    """Sentences under the table: failures, reasons, how published accuracies were measured."""
    lines = [f'{row.title} was not measured: {row.reason}.' for row in rows if row.reason]
    lines += [
        f'{row.title} is not timed from image to poses: {row.no_poses}.'
        for row in rows
        if row.no_poses and not row.reason
    ]
    lines += [
        f'{row.title}, parameters: {row.counted}.'
        for row in rows
        if row.counted and row.params is not None
    ]
    published = [row for row in rows if row.ap is not None and not row.ap_measured]
    if published:
        lines.append('* published, not measured here:')
        lines += [f'  {row.title} {row.ap:.1f} ({row.ap_says})' for row in published]
    lines += [f'{row.title}: AP {row.ap_says}.' for row in rows if row.ap_measured]
    if any(row.random and row.poses for row in rows):
        lines.append(
            'Weights are random unless a checkpoint is given: thresholds are set so that as many '
            'people are found as the picture shows.'
        )
    return lines
