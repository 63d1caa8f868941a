"""A small annotated data set on disk, and results for it."""

import json
from pathlib import Path

import cv2
import numpy as np

SIDE = 160


def person(x, y, size=70.0):
    """(17, 3): someone who stands at (x, y), about ``size`` pixels tall."""
    up = np.array([0, -1, -1, 0, 0, 3, 3, 6, 6, 9, 9, 10, 10, 14, 14, 18, 18]) * size / 20
    side = np.array([0, 1, -1, 2, -2, 4, -4, 5, -5, 6, -6, 3, -3, 3, -3, 3, -3]) * size / 20
    return np.stack([x + side, y + up, np.full(17, 2)], axis=1)


def write(folder, scenes, sizes=None):
    """Write ``annotations/val.json`` and ``val/``: scenes are lists of people (17, 3).

    ``sizes`` are (width, height) of the images, by default all ``SIDE``.
    """
    folder = Path(folder)
    (folder / 'val').mkdir(parents=True)
    (folder / 'annotations').mkdir()
    noise = np.random.default_rng(0)
    images, annotations = [], []
    sizes = sizes or [(SIDE, SIDE)] * len(scenes)
    for number, (people, (width, height)) in enumerate(zip(scenes, sizes), 1):
        images.append(dict(id=number, file_name=f'{number}.png', width=width, height=height))
        picture = noise.integers(90, 160, (height, width, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / 'val' / f'{number}.png'), picture)
        for keypoints in people:
            low, high = keypoints[:, :2].min(axis=0) - 3, keypoints[:, :2].max(axis=0) + 3
            box = [*low.tolist(), *(high - low).tolist()]
            annotations.append(
                dict(
                    id=len(annotations) + 1, image_id=number, category_id=1, iscrowd=0, bbox=box,
                    area=float(0.5 * (high - low).prod()), keypoints=keypoints.ravel().tolist(),
                    num_keypoints=int((keypoints[:, 2] > 0).sum()),
                )
            )  # fmt: skip
    content = dict(images=images, annotations=annotations, categories=[dict(id=1, name='person')])
    path = folder / 'annotations' / 'val.json'
    path.write_text(json.dumps(content))
    return path


def write_results(path, found):
    """Write COCO results: (image id, (17, 3) keypoints, score) each; return the path."""
    rows = [
        dict(image_id=image, category_id=1, keypoints=np.asarray(k, float).ravel().tolist(),
             score=score)
        for image, k, score in found
    ]  # fmt: skip
    Path(path).write_text(json.dumps(rows))
    return Path(path)
