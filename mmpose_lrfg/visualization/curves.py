"""Learning curves: losses and metrics of one or several trainings in one figure."""

import json
from collections.abc import Sequence
from pathlib import Path

from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.visualization.figures import new_figure, run_names, save, titled

SCALARS = '*/vis_data/scalars.json'
"""Files of mmengine's ``LocalVisBackend`` in a work directory, one for each start of the run."""
TIMES = ('time', 'data_time', 'step')
NOT_PLOTTED = ('epoch', 'iter', 'seconds', 'memory')
COLUMNS = 3


def read_scalars(work_dir: str | Path) -> list[dict[str, float]]:
    """Return what a training logged, without the iterations that a resumed run repeated.

    Args:
        work_dir (str | Path): Work directory of a training.

    Returns:
        list[dict[str, float]]: One row for each logged iteration: ``iter``, ``epoch``, learning
        rate, losses, and ``seconds`` since the row before. Metrics are in the last row before
        their evaluation.
    """
    rows: list[dict[str, float]] = []
    for path in sorted(Path(work_dir).glob(SCALARS)):
        lines = path.read_text().splitlines()
        for number, text in enumerate(lines, 1):
            try:
                line = json.loads(text)
            except ValueError:
                if number == len(lines):  # of a process that was killed while it wrote
                    break
                raise
            row = {name: value for name, value in line.items() if name not in TIMES}
            if 'iter' in row:
                while rows and rows[-1]['iter'] >= row['iter']:
                    rows.pop()
                steps = row['iter'] - (rows[-1]['iter'] if rows else 0)
                rows.append({**row, 'seconds': line.get('time', 0.0) * steps})
            elif rows:
                rows[-1].update(row)
    return rows


def plot_curves(work_dirs: Sequence[str | Path], out: str | Path) -> Path:
    """Draw every logged value over the iterations: a panel for each value, a line for each run.

    Args:
        work_dirs (Sequence[str | Path]): Work directories of trainings.
        out (str | Path): The figure to write; its suffix (.png, .svg, .pdf) sets the format.

    Returns:
        Path: ``out``.

    Raises:
        UserError: If a training logged nothing.
    """
    runs = {Path(work_dir): read_scalars(work_dir) for work_dir in work_dirs}
    for work_dir, rows in runs.items():
        if not rows:
            raise UserError(f'{work_dir} has no logged iterations ({SCALARS}): nothing to draw')
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
        raise UserError('the logs have no values to draw')
    columns = min(COLUMNS, len(panels))
    lines = -(-len(panels) // columns)
    figure = new_figure(4.2 * columns, 2.9 * lines)
    names = run_names(list(runs))
    for index, name in enumerate(panels):
        axes = titled(figure.add_subplot(lines, columns, index + 1), name, 'iteration')
        for work_dir, rows in runs.items():
            points = [(row['iter'], row[name]) for row in rows if name in row]
            if points:
                marker = 'o' if len(points) < 40 else None
                axes.plot(*zip(*points), marker=marker, markersize=3, label=names[work_dir])
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if index == 0 and len(runs) > 1:
            axes.legend(fontsize=8)
    return save(figure, out)
