"""What was converted, and what a training starts from, for people to read."""

from rich.table import Table

from .convert import Conversion
from .transfer import Transfer


def describe(result: Conversion) -> str:
    """One line on a conversion."""
    found = result.architecture
    head = 'one 1x1' if not found.keypoint_blocks else f'{2 * found.keypoint_blocks} layers'
    return (
        f'{found.name}: depth {found.deepen_factor:g}, width {found.widen_factor:g}, {found.act}, '
        f'keypoint head of {head}, {found.num_keypoints} keypoints, {found.num_classes} '
        f'class{"es" if found.num_classes > 1 else ""}; {result.sources} tensors used, none left, '
        f'{result.parameters:,} parameters'
    )


def part_of(name: str) -> str:
    """The part of the network that a tensor belongs to, as in 'backbone.stage4'."""
    return '.'.join(name.replace('head.head_module', 'head').split('.')[:2])


def tabulate(result: Transfer) -> Table:
    """A table of the parts of the target: tensors and numbers taken, fresh ones."""
    table = Table(title=f'from {result.architecture.name}', title_justify='left')
    table.add_column('part', no_wrap=True)
    for heading in ('tensors taken', 'rows taken', 'tensors fresh', 'numbers taken'):
        table.add_column(heading, justify='right')
    taken, fresh = set(result.taken), set(result.fresh)
    parts: dict[str, list[str]] = {}
    for name in result.state_dict:
        if name in taken | fresh | result.partly.keys():
            parts.setdefault(part_of(name), []).append(name)
    total = [0, 0]
    for part, names in parts.items():
        rows = [
            f'{result.partly[n]} of {len(result.state_dict[n])}'
            for n in names
            if n in result.partly and n.endswith('weight')
        ]
        size = sum(result.state_dict[n].numel() for n in names)
        got = sum(_numbers_taken(result, n, taken) for n in names)
        total = [total[0] + got, total[1] + size]
        table.add_row(
            part,
            str(len(taken & set(names)) or '-'),
            ', '.join(dict.fromkeys(rows)) or '-',
            str(len(fresh & set(names)) or '-'),
            f'{100 * got / size:.0f} %',
        )
    table.caption = (
        f'{100 * total[0] / total[1]:.1f} % of {total[1]:,} numbers taken; {len(result.unused)} '
        'tensors of the source have no place here'
    )
    return table


def _numbers_taken(result: Transfer, name: str, taken: set[str]) -> int:
    tensor = result.state_dict[name]
    if name in taken:
        return tensor.numel()
    return result.partly.get(name, 0) * tensor[0].numel() if name in result.partly else 0
