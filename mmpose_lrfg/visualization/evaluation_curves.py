"""Precision over recall, and accuracy by keypoint, of one or several evaluations."""

from pathlib import Path

import numpy as np

from mmpose_lrfg.visualization.figures import new_figure, save, titled

SIZES = ('all', 'medium', 'large')
STRICT = (0.5, 0.75)


def mean_precision(precision: np.ndarray) -> np.ndarray:
    """Mean over thresholds and categories of (T, R, C), (R,); NaN where there is none to find."""
    there = precision > -1
    total = np.where(there, precision, 0).sum(axis=(0, 2))
    with np.errstate(invalid='ignore'):
        return total / there.sum(axis=(0, 2))


def plot_precision_recall(records: dict[str, dict[str, np.ndarray]], out: str | Path) -> Path:
    """Draw precision over recall.

    Args:
        records (dict[str, dict]): Arrays of ``precision_recall.npz`` by the run's name. Of one
            run, sizes are drawn too; of several, the first two panels compare them.
        out (str | Path): The picture.
    """
    single = len(records) == 1
    figure = new_figure(9, 4)
    panels = [titled(figure.add_subplot(1, 2, n + 1), '', 'recall', 'precision') for n in range(2)]
    for name, record in records.items():
        precision, recalls = record['precision'], record['recalls']
        average = mean_precision(precision[..., 0])
        label = 'OKS .5 to .95' if single else name
        panels[0].plot(recalls, average, label=f'{label}: {_ap(average)}')
        for threshold in STRICT if single else ():
            index = int(np.argmin(abs(record['thresholds'] - threshold)))
            curve = mean_precision(precision[index : index + 1, ..., 0])
            panels[0].plot(recalls, curve, label=f'OKS {threshold:g}: {_ap(curve)}')
        if single:
            for size, which in enumerate(SIZES):
                curve = mean_precision(precision[..., size])
                panels[1].plot(recalls, curve, label=f'{which}: {_ap(curve)}')
        else:
            index = int(np.argmin(abs(record['thresholds'] - 0.5)))
            curve = mean_precision(precision[index : index + 1, ..., 0])
            panels[1].plot(recalls, curve, label=f'{name}: {_ap(curve)}')
    panels[0].set_title('by OKS threshold' if single else 'mean over OKS .5 to .95', fontsize=10)
    panels[1].set_title("by the people's size" if single else 'at OKS .5', fontsize=10)
    for axes in panels:
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
        axes.legend(fontsize=8, title='AP', title_fontsize=8)
    return save(figure, out)


def plot_keypoints(records: dict[str, dict], out: str | Path) -> Path:
    """Draw OKS and PCK by keypoint.

    Args:
        records (dict[str, dict]): Contents of ``evaluation.json`` by the run's name; those with
            other keypoints than the first are left out.
        out (str | Path): The picture.
    """
    names = next(iter(records.values()))['keypoints']
    records = {run: each for run, each in records.items() if each['keypoints'] == names}
    figure = new_figure(9, 1.5 + 0.15 * len(names) * (1 + 0.4 * len(records)))
    rows, height = np.arange(len(names)), 0.8 / len(records)
    for panel, what in enumerate(('oks', 'pck')):
        axes = figure.add_subplot(1, 2, panel + 1)
        for number, (run, record) in enumerate(records.items()):
            values = [np.nan if value is None else value for value in record[what]]
            axes.barh(rows + (number + 0.5) * height - 0.4, values, height, label=run)
        thr = next(iter(records.values()))['pck_thr']
        title = (
            'mean similarity (OKS)' if what == 'oks' else f'closer than {thr:g} of the box (PCK)'
        )
        titled(axes, title)
        axes.set_xlim(0, 1)
        axes.set_yticks(rows, names if panel == 0 else [''] * len(names))
        axes.invert_yaxis()
    if len(records) > 1:
        axes.legend(fontsize=8)
    return save(figure, out)


def _ap(curve: np.ndarray) -> str:
    there = curve[~np.isnan(curve)]
    return f'{there.mean():.3f}' if there.size else 'nobody'
