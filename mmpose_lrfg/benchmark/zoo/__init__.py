"""Models of the comparison by name and group."""

from collections.abc import Sequence
from dataclasses import replace

from mmpose_lrfg.benchmark.formats import FORMATS
from mmpose_lrfg.utils.errors import UserError, nearest
from mmpose_lrfg.utils.tables import Column, Table

from .entry import KINDS, Accuracy, Entry
from .models import MODELS

__all__ = ['GROUPS', 'KINDS', 'MODELS', 'Accuracy', 'Entry', 'print_models', 'select']

GROUPS = {
    'small': 'the default: baseline, paper and two peers of that size',
    'table2': "models of the paper's Table 2",
    'ours': 'all networks of this package',
    'ablation': "the eight networks of the paper's Table 1",
    'sizes': 'LRFG-YoloPose n6, s6, m6, l6',
    'peers': 'models of others that are not in Table 2',
    **dict.fromkeys(KINDS, 'by kind'),
    'all': 'everything',
}


def select(names: Sequence[str]) -> list[Entry]:
    """Return models by names and groups, each once, in the given order.

    Args:
        names (Sequence[str]): ``NAME@FORMAT`` is the model exported to one of the formats of
            ``lrfg benchmark formats``.

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


def print_models(console=None) -> None:
    """Print all models and groups."""
    columns = [
        'name',
        Column('model', 'title'),
        'kind',
        Column('input', lambda entry: '{} x {}'.format(*entry.shape)),
        Column('groups', lambda entry: ' '.join(entry.groups)),
    ]
    Table(list(MODELS.values()), columns, 'Models').print(console)
    groups = [dict(group=name, what=GROUPS[name], models=len(select([name]))) for name in GROUPS]
    Table(groups, title='Groups').print(console)
