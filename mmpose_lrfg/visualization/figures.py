"""Figures of matplotlib without pyplot's global state, for trainings and notebooks."""

from collections.abc import Sequence
from pathlib import Path

from mmpose_lrfg.runtime.files import replacing


def new_figure(width: float, height: float):
    """An empty figure, in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout='constrained')
    FigureCanvasAgg(figure)
    return figure


def titled(axes, title: str, x: str = '', y: str = ''):
    """Small title, labels and grid, alike in all pictures."""
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(x, fontsize=8)
    axes.set_ylabel(y, fontsize=8)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
    return axes


def save(figure, out: str | Path) -> Path:
    """Write the figure whole or not at all; the suffix (.png, .svg, .pdf) sets the format."""
    with replacing(out) as temporary:
        figure.savefig(temporary, dpi=120)
    return Path(out)


def run_names(work_dirs: Sequence[Path]) -> dict[Path, str]:
    """What runs are called in legends: their folder, with its parent's where two are the same."""
    names = {}
    for work_dir in work_dirs:
        parts = work_dir.resolve().parts
        same = [other for other in work_dirs if other.resolve().name == parts[-1]]
        names[work_dir] = '/'.join(parts[-2:]) if len(same) > 1 else parts[-1]
    return names
