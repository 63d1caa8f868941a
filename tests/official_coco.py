"""A tiny COCO with what the official annotations have: crowds, people without keypoints."""

from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.runtime.files import write_json

SIDE = 96  # of all images
PERSON, CROWD, UNANNOTATED = 'person', 'crowd', 'unannotated'
IMAGES = {
    1: [PERSON, CROWD, UNANNOTATED],
    2: [CROWD],
    3: [UNANNOTATED],
    4: [PERSON],
    5: [],
}
# Width and height of the boxes; their ratio tells them apart in an image that cuts none off.
SIZES = {PERSON: (40, 40), CROWD: (90, 30), UNANNOTATED: (20, 60)}


def annotation(number, image, kind):
    width, height = SIZES[kind]
    keypoints, segmentation = [0] * 51, [[10, 10, 60, 10, 60, 60]]
    if kind == PERSON:
        grid = np.random.default_rng(number).uniform(12, 48, (17, 2)).round()
        keypoints = np.concatenate([grid, np.full((17, 1), 2)], axis=1).ravel().tolist()
    elif kind == CROWD:
        segmentation = dict(counts=[100, SIDE * SIDE - 100], size=[SIDE, SIDE])
    return dict(
        id=number,
        image_id=image,
        category_id=1,
        bbox=[4, 10, width, height] if kind == CROWD else [10, 10, width, height],
        area=width * height / 2,
        iscrowd=int(kind == CROWD),
        num_keypoints=17 if kind == PERSON else 0,
        keypoints=keypoints,
        segmentation=segmentation,
    )


def content():
    """Annotations of one split, as plain values."""
    annotations = []
    for image, kinds in IMAGES.items():
        annotations += [annotation(len(annotations) + n, image, k) for n, k in enumerate(kinds, 1)]
    images = [dict(id=i, file_name=f'{i}.png', width=SIDE, height=SIDE) for i in IMAGES]
    categories = [dict(id=1, name='person')]
    return dict(images=images, annotations=annotations, categories=categories)


def write(folder):
    """Write ``train2017``, ``val2017`` and their annotations; return ``folder``."""
    folder = Path(folder)
    (folder / 'annotations').mkdir(parents=True)
    for split in ('train2017', 'val2017'):
        (folder / split).mkdir()
        for image in IMAGES:
            picture = np.full((SIDE, SIDE, 3), 50 * image, np.uint8)
            cv2.imwrite(str(folder / split / f'{image}.png'), picture)
        write_json(folder / f'annotations/person_keypoints_{split}.json', content())
    return folder
