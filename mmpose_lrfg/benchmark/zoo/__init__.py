"""All models of the comparison."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from mmpose_lrfg.benchmark.entry import Entry
from mmpose_lrfg.utils.errors import UserError, nearest

from . import bottom_up, one_stage, ours, top_down

# What each group is, in the order that --list shows them.
GROUPS = {
    'small': 'the default: baseline, paper and two peers of that size',
    'table2': "the paper's Table 2",
    'ours': 'all networks of this package',
    'ablation': "the eight networks of the paper's Table 1",
    'sizes': 'LRFG-YoloPose n6, s6, m6, l6',
    'peers': 'models of others that are not in Table 2',
    'one-stage': 'by kind',
    'bottom-up': 'by kind',
    'top-down': 'by kind',
    'all': 'everything',
}
PAPER_ORDER = (
    'mask-rcnn-r50',
    'g-rmi-r101',
    'integral-r101',
    'cpn-r50',
    'hourglass-ae',
    'openpose-vgg19',
    'efficienthrnet-h0',
    'personlab-r152',
    'pifpaf-r152',
    'higherhrnet-w32',
    'dekr-w32',
    'net1_yolopose',
    'net8_lrfg',
)


@cache
def models() -> dict[str, Entry]:
    """Every model by its name, those of Table 2 first and in its order."""
    found = [
        *top_down.networks(),
        *bottom_up.networks(),
        *ours.networks(),
        *one_stage.networks(),
    ]
    by_name = {entry.name: entry for entry in found}
    if len(by_name) < len(found):
        raise ValueError('two models have the same name')
    first = {name: by_name[name] for name in PAPER_ORDER}
    return first | by_name


def select(names: Sequence[str]) -> list[Entry]:
    """Models by names and groups, each once, in the order asked for.

    ``NAME@FORMAT`` is the model exported to one of the formats of ``tools/compare_formats.py``.

    Raises:
        UserError: On a name that is neither, with the nearest one.
    """
    chosen = {}
    for name in names:
        name, mark, form = name.partition('@')
        found = named(name)
        if mark:
            found = [exported(entry, form) for entry in found]
        chosen |= {entry.name: entry for entry in found}
    return list(chosen.values())


def named(name: str) -> list[Entry]:
    """The model of that name, or those of the group.

    Raises:
        UserError: If it is neither.
    """
    if name in models():
        return [models()[name]]
    if name in GROUPS:
        return [entry for entry in models().values() if name in entry.all_groups]
    hint = nearest(name, [*models(), *GROUPS])
    raise UserError(f'there is no model or group {name}; --list shows them.{hint}')


def exported(entry: Entry, form: str) -> Entry:
    """The entry of a model that is exported to a format.

    Raises:
        UserError: If there is no such format.
    """
    # Brings the evaluation along, which a list of models does not need.
    from mmpose_lrfg.benchmark.formats import FORMATS

    if form not in FORMATS:
        raise UserError(f'there is no format {form}.{nearest(form, FORMATS)}')
    return replace(entry, name=f'{entry.name}@{form}', title=f'{entry.title}, {form}', format=form)
