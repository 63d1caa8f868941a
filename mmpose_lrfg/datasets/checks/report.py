"""Prints an examination."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .examine import Examination
from .findings import ERROR

SHOWN = 3


def print_examination(examination: Examination, console: Console) -> None:
    """A line on the data, then a row a finding, errors first, each with some places."""
    labels, findings = examination.labels, examination.findings
    objects = sum(not ann.get('iscrowd') for ann in labels.annotations)
    console.print(
        f'[bold]{escape(str(labels.file))}[/]: {len(labels.images)} images, {objects} objects, '
        f'{labels.num_keypoints} keypoints'
        + ('' if labels.folder else ' (images not looked at: name them with --images)')
    )
    if not findings:
        console.print('[green]nothing is wrong[/]')
        return
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column()
    table.add_column(justify='right')
    table.add_column()
    for finding in findings:
        colour = 'red' if finding.level == ERROR else 'yellow'
        lines = [escape(finding.text)]
        lines += [f'[dim]{escape(example)}[/]' for example in finding.examples[:SHOWN]]
        table.add_row(f'[{colour}]{finding.level}[/]', str(finding.count), '\n'.join(lines))
    console.print(table)


def counted(number: int, what: str) -> str:
    """'1 error', '2 errors'."""
    return f'{number} {what}' + 's' * (number != 1)


def conclusion(examinations: list[Examination]) -> str:
    """One sentence at the end."""
    errors = sum(examination.errors for examination in examinations)
    warnings = sum(len(examination.findings) for examination in examinations) - errors
    if errors:
        return f'{counted(errors, "error")}, {counted(warnings, "warning")}: mend the errors first'
    if warnings:
        return f'no errors, {counted(warnings, "warning")}: it can be trained on'
    return 'it can be trained on'
