"""Prints how anchors fit, fits others where they do not, and prints those for a config."""

from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from mmpose_lrfg.datasets.anchor_fitting import ENOUGH, Fit, fit_anchors, measure, snippet


def print_fits(
    boxes: Sequence[np.ndarray], subject, always: bool, generations: int, seed: int
) -> None:
    """Compare, and fit where fewer than 98 % of the boxes match.

    Args:
        boxes (Sequence[ndarray]): (N, 2) each, pixels of the input.
        subject: With ``anchors`` (L, A, 2), ``ratio_thr`` and ``input_size``.
        always (bool): Fit in any case.
        generations (int): Random changes tried.
        seed (int): Of the random numbers.
    """
    console = Console()
    sizes = np.concatenate(list(boxes))
    anchors, thr = subject.anchors, subject.ratio_thr
    width, height = subject.input_size
    console.print(
        f'{len(sizes)} boxes at {width} x {height}; an anchor matches within {thr:g} times'
    )
    fits = {'now': (anchors, measure(sizes, anchors, thr))}
    recall = fits['now'][1].recall
    if always or recall < ENOUGH:
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task('fitting anchors', total=generations)
            better = fit_anchors(
                sizes, *anchors.shape[:2], thr, generations, seed,
                lambda done, total: bar.update(task, completed=done),
            )  # fmt: skip
        fits['fitted'] = (better, measure(sizes, better, thr))
    _print_table(console, fits)
    if 'fitted' not in fits:
        console.print(f'{recall:.1%} of the boxes match: the anchors fit (--fit tries others)')
    elif fits['fitted'][1].closeness <= fits['now'][1].closeness and recall >= ENOUGH:
        console.print('those there are as good as the fitted ones')
    else:
        console.print('for the config (weights trained with other anchors do not go with them):')
        print(snippet(fits['fitted'][0]))


def _print_table(console: Console, fits: dict[str, tuple[np.ndarray, Fit]]) -> None:
    table = Table(box=None)
    for name in ('', 'boxes that match', 'closeness', 'level', 'anchors', 'match', 'nearest'):
        table.add_column(name, justify='left' if name in ('', 'anchors') else 'right')
    for name, (anchors, fit) in fits.items():
        for level, sizes in enumerate(anchors):
            first = level == 0
            table.add_row(
                name if first else '',
                f'{fit.recall:.1%}' if first else '',
                f'{fit.closeness:.3f}' if first else '',
                str(level + 1),
                ' '.join(f'{w:.0f}x{h:.0f}' for w, h in sizes),
                f'{fit.matched[level]:.1%}',
                f'{fit.nearest[level]:.1%}',
            )
    console.print(table)
