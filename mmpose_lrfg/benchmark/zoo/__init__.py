"""Models of the comparison by name and group."""

from collections.abc import Sequence
from dataclasses import replace

from mmpose_lrfg.utils.errors import UserError, nearest
from mmpose_lrfg.utils.tables import Column, Table

from .entry import KINDS, Entry, Published
from .models import MODELS

__all__ = ['GROUPS', 'KINDS', 'MODELS', 'Entry', 'Published', 'print_models', 'select']

GROUPS = {
    'small': 'the default: baseline, paper and two peers of that size',
    'table2': "the paper's Table 2",
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
            ``tools/compare_formats.py``.

    Raises:
        UserError: On an unknown name or format, with the nearest one.
    """
    chosen = {}
    for text in names:
        name, _, form = text.partition('@')
        for entry in _named(name):
            entry = _exported(entry, form) if form else entry
            chosen[entry.name] = entry
    return list(chosen.values())


def _named(name: str) -> list[Entry]:
    if name in MODELS:
        return [MODELS[name]]
    if name in GROUPS:
        return [entry for entry in MODELS.values() if name in entry.all_groups]
    hint = nearest(name, [*MODELS, *GROUPS])
    raise UserError(f'unknown model or group {name}; --list shows them.{hint}')


def _exported(entry: Entry, form: str) -> Entry:
    # Its module imports the evaluation, which a list of models does not need.
    from mmpose_lrfg.benchmark.formats import FORMATS

    if form not in FORMATS:
        raise UserError(f'unknown format {form}.{nearest(form, FORMATS)}')
    return replace(entry, name=f'{entry.name}@{form}', title=f'{entry.title}, {form}', format=form)


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
    groups = [
        dict(group=name, what=what, models=sum(name in e.all_groups for e in MODELS.values()))
        for name, what in GROUPS.items()
    ]
    Table(groups, title='Groups').print(console)
