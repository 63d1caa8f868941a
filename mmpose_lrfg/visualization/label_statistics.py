"""Where the labelled people of a data set are, how large, and how many of their keypoints."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from mmpose_lrfg.visualization.figures import new_figure, save, titled

CELLS = 32
SIZES = np.geomspace(0.01, 1, 41)  # in parts of the picture, as bins


def label_statistics(
    annotations: Iterable[dict], images: dict[int, dict], names: Sequence[str]
) -> dict[str, np.ndarray]:
    """Count the people of COCO annotations; crowds and empty boxes are left out.

    Args:
        annotations (Iterable[dict]): With ``image_id``, ``bbox``, ``keypoints``.
        images (dict[int, dict]): By id, with ``width`` and ``height``.
        names (Sequence[str]): Of the K keypoints.

    Returns:
        dict[str, ndarray]: ``centres`` (32, 32) people by row and column of the picture, ``sizes``
        (40,) people by the root of their box's part of the picture, in the bins of ``SIZES``,
        ``keypoints`` (K + 1,) people by their number of labelled keypoints, ``hidden`` and
        ``visible`` (K,) labels by keypoint, ``names`` (K,).
    """
    boxes, scales, flags = [], [], []
    for ann in annotations:
        image = images.get(ann.get('image_id'), {})
        box = ann.get('bbox') or (0, 0, 0, 0)
        if ann.get('iscrowd') or min(box[2:]) <= 0 or not image.get('width'):
            continue
        boxes.append(box)
        scales.append((image['width'], image['height']))
        flags.append(ann.get('keypoints', ())[2::3] or [0] * len(names))
    boxes, scales = np.array(boxes, float).reshape(-1, 4), np.array(scales, float).reshape(-1, 2)
    flags = np.array(flags).reshape(-1, len(names))
    x, y = ((boxes[:, :2] + boxes[:, 2:] / 2) / scales).clip(0, 1).T
    extents = np.sqrt((boxes[:, 2:] / scales).prod(axis=1)).clip(SIZES[0], SIZES[-1])
    return dict(
        centres=np.histogram2d(y, x, bins=CELLS, range=[[0, 1], [0, 1]])[0].astype(int),
        sizes=np.histogram(extents, SIZES)[0],
        keypoints=np.bincount((flags > 0).sum(axis=1), minlength=len(names) + 1),
        hidden=(flags == 1).sum(axis=0),
        visible=(flags == 2).sum(axis=0),
        names=np.array(list(names)),
    )


def plot_labels(statistics: dict[str, np.ndarray], out: str | Path) -> Path:
    """Draw what :func:`label_statistics` counted, in four panels."""
    figure = new_figure(11, 7)
    people = int(statistics['keypoints'].sum())
    axes = titled(figure.add_subplot(2, 2, 1), f'centres of {people} people in their picture')
    axes.imshow(statistics['centres'], cmap='viridis', extent=(0, 1, 1, 0))
    axes.grid(False)

    axes = titled(
        figure.add_subplot(2, 2, 2), 'size', "root of the box's part of the picture", 'people'
    )
    axes.stairs(statistics['sizes'], SIZES, fill=True)
    axes.set_xscale('log')

    counts = statistics['keypoints']
    axes = titled(figure.add_subplot(2, 2, 3), 'labelled keypoints of a person', 'number', 'people')
    axes.bar(np.arange(len(counts)), counts)
    axes.xaxis.get_major_locator().set_params(integer=True)

    axes = titled(figure.add_subplot(2, 2, 4), 'labels by keypoint', 'people')
    rows = np.arange(len(statistics['names']))
    axes.barh(rows, statistics['visible'], label='visible')
    axes.barh(rows, statistics['hidden'], left=statistics['visible'], label='hidden')
    axes.set_yticks(rows, list(statistics['names']))
    axes.invert_yaxis()
    axes.legend(fontsize=8)
    return save(figure, out)
