"""Models of the comparison by name and group."""

from collections.abc import Sequence
from dataclasses import replace

from mmpose_lrfg.benchmark.formats import FORMATS
from mmpose_lrfg.utils.errors import UserError, nearest
from mmpose_lrfg.utils.tables import Column, Table

from .entry import Accuracy, Entry
from .models import MODELS

__all__ = ['GROUPS', 'MODELS', 'Accuracy', 'Entry', 'print_models', 'select']

GROUPS = list(dict.fromkeys(group for entry in MODELS.values() for group in entry.all_groups))


def select(names: Sequence[str]) -> list[Entry]:
    """Return models by names and groups, each once, in the given order.

    ``NAME@FORMAT`` is the model exported to one of the formats of ``lrfg benchmark formats``.

    Raises:
        UserError: On an unknown name or format, with the nearest one.
    """
    chosen = {}
    for text in names:
        name, _, form = text.partition('@')
        if form and form not in FORMATS:
            raise UserError(f'unknown format {form}.{nearest(form, FORMATS)}')
        entries = [entry for entry in MODELS.values() if name in (entry.name, *entry.all_groups)]
        if not entries:
            hint = nearest(name, [*MODELS, *GROUPS])
            raise UserError(f'unknown model or group {name}; --list shows them.{hint}')
        if form:
            entries = [
                replace(e, name=f'{e.name}@{form}', title=f'{e.title}, {form}', format=form)
                for e in entries
            ]
        chosen.update((entry.name, entry) for entry in entries)
    return list(chosen.values())


def print_models() -> None:
    """Print all models with their groups."""
    columns = [
        'name',
        Column('model', 'title'),
        Column('input', lambda entry: '{} x {}'.format(*entry.shape)),
        Column('groups', lambda entry: ' '.join(entry.all_groups)),
    ]
    Table(list(MODELS.values()), columns, 'Models').print()
