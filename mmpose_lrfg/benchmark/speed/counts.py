"""Parameters and multiply-adds alone: no process, no time."""

from collections.abc import Callable
from dataclasses import asdict

from mmpose_lrfg.benchmark.cost import measure
from mmpose_lrfg.utils.errors import UserError

from .rows import Row, new_row
from .settings import Settings


def count_all(settings: Settings, on_progress: Callable[[str, int, int], None]) -> list[Row]:
    """Count every model; one that cannot be built has its reason in the row."""
    rows = []
    for number, entry in enumerate(settings.entries):
        on_progress(f'counting {entry.name}', number, len(settings.entries))
        row = new_row(entry, settings)
        try:
            row.took('cost', asdict(measure(entry, settings.shape)))
        except UserError as error:
            row.fail(str(error))
        rows.append(row)
    return rows
