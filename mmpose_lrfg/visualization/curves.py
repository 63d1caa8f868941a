"""Learning curves: losses and metrics of one or several trainings in one picture."""

import csv
from collections.abc import Sequence
from pathlib import Path

from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.visualization.figures import new_figure, run_names, save, titled

NOT_PLOTTED = ('epoch', 'iter', 'seconds')
COLUMNS = 3


def read_results(path: str | Path) -> list[dict[str, float]]:
    """Return the rows of a ``results.csv``: numbers by column, empty cells left out."""
    with Path(path).open(newline='') as file:
        rows = []
        for row in csv.DictReader(file):
            numbers = {}
            for name, text in row.items():
                try:
                    numbers[name] = float(text)
                except (TypeError, ValueError):
                    continue
            rows.append(numbers)
    for row in rows:
        for name in ('epoch', 'iter'):
            if name in row:
                row[name] = int(row[name])
    return rows


def plot_curves(
    work_dirs: Sequence[str | Path], out: str | Path, filename: str = 'results.csv'
) -> Path:
    """Draw every column of the results over the epochs, one panel a column, one line a run.

    Args:
        work_dirs (Sequence[str | Path]): Work directories of trainings.
        out (str | Path): The picture to write; its suffix (.png, .svg, .pdf) sets the format.
        filename (str): Name of the results file in each work directory.

    Returns:
        Path: ``out``.

    Raises:
        UserError: If a work directory has no results, or they have no rows.
    """
    runs = {}
    for work_dir in map(Path, work_dirs):
        path = work_dir / filename
        if not path.is_file():
            raise UserError(f'{work_dir} has no {filename}: nothing to draw')
        rows = read_results(path)
        if not rows:
            raise UserError(f'{path} has no rows yet: nothing to draw')
        runs[work_dir] = rows
    return _draw(runs, Path(out))


def _panels(runs: dict[Path, list[dict]]) -> list[str]:
    """Columns in the order of reading: the total loss, its items, metrics, the learning rate."""
    names = dict.fromkeys(name for rows in runs.values() for row in rows for name in row)
    names = [name for name in names if name not in NOT_PLOTTED]

    def rank(name):
        if name == 'loss':
            return 0
        if name.endswith('lr'):
            return 3
        return 1 if 'loss' in name else 2

    return sorted(names, key=rank)


def _draw(runs: dict[Path, list[dict]], out: Path) -> Path:
    from matplotlib.ticker import MaxNLocator

    panels = _panels(runs)
    if not panels:
        raise UserError('the results have no column to draw')
    columns = min(COLUMNS, len(panels))
    lines = -(-len(panels) // columns)
    figure = new_figure(4.2 * columns, 2.9 * lines)
    names = run_names(list(runs))
    for index, name in enumerate(panels):
        axes = titled(figure.add_subplot(lines, columns, index + 1), name, 'epoch')
        for work_dir, rows in runs.items():
            points = [(row['epoch'], row[name]) for row in rows if name in row and 'epoch' in row]
            if points:
                marker = 'o' if len(points) < 40 else None
                axes.plot(*zip(*points), marker=marker, markersize=3, label=names[work_dir])
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if index == 0 and len(runs) > 1:
            axes.legend(fontsize=8)
    return save(figure, out)
