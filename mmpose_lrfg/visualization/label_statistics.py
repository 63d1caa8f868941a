"""Statistics of annotated people: position, size, number of keypoints, visibility."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from mmpose_lrfg.visualization.curves import new_figure, save, style

CELLS = 32
#: Limits of the bins of sizes: the square root of the box's area over the image's area.
SIZES = np.geomspace(0.01, 1, 41)


def label_statistics(
    annotations: Iterable[dict], images: Mapping[int, dict], names: Sequence[str]
) -> dict[str, np.ndarray]:
    """Count the people of COCO annotations, without crowds and empty boxes.

    Args:
        annotations (Iterable[dict]): With ``image_id``, ``bbox``, ``keypoints``.
        images (Mapping[int, dict]): By id, with ``width`` and ``height``.
        names (Sequence[str]): Names of the K keypoints.

    Returns:
        dict[str, ndarray]: ``centres`` (32, 32), people by row and column of their image;
        ``sizes`` (40,), people in the bins of ``SIZES``; ``keypoints`` (K + 1,), people by number
        of annotated keypoints; ``hidden`` and ``visible`` (K,), people by keypoint; ``names`` (K,).
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


def plot_labels(statistics: Mapping[str, np.ndarray], out: str | Path) -> Path:
    """Draw the result of :func:`label_statistics` in four panels."""
    counts, names = statistics['keypoints'], list(statistics['names'])
    figure = new_figure(11, 7)
    centres, sizes, people, keypoints = figure.subplots(2, 2).flat

    style(centres, f'centres of {int(counts.sum())} people in their image')
    centres.imshow(statistics['centres'], cmap='viridis', extent=(0, 1, 1, 0))
    centres.grid(False)

    style(sizes, 'size', 'square root of box area / image area', 'people')
    sizes.stairs(statistics['sizes'], SIZES, fill=True)
    sizes.set_xscale('log')

    style(people, 'annotated keypoints of a person', 'number', 'people')
    people.bar(np.arange(len(counts)), counts)
    people.xaxis.get_major_locator().set_params(integer=True)

    style(keypoints, 'annotations by keypoint', 'people')
    rows = np.arange(len(names))
    keypoints.barh(rows, statistics['visible'], label='visible')
    keypoints.barh(rows, statistics['hidden'], left=statistics['visible'], label='hidden')
    keypoints.set_yticks(rows, names)
    keypoints.invert_yaxis()
    keypoints.legend(fontsize=8)
    return save(figure, out)
