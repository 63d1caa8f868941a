"""The scope of MMPose's registries, and images of people on disk."""

import json

import cv2
import numpy as np
import pytest
from tiny_export import _mmpose_scope, build  # noqa: F401


@pytest.fixture(scope='module')
def write_people(tmp_path_factory):
    """Return a function that writes images of so many people side by side.

    It takes (width, height, number of people) of each image and returns the folder with
    ``people.json`` and ``1.png``, ``2.png`` and so on.
    """

    def write(*scenes):
        root = tmp_path_factory.mktemp('people')
        rng = np.random.default_rng(0)
        images, annotations = [], []
        for index, (width, height, people) in enumerate(scenes, 1):
            noise = rng.integers(0, 255, (height, width, 3), np.uint8)
            cv2.imwrite(str(root / f'{index}.png'), noise)
            images.append(dict(id=index, file_name=f'{index}.png', width=width, height=height))
            for column in range(people):
                w, h = width / people - 6, height * rng.uniform(0.4, 0.9)
                x, y = column * width / people + 3, rng.uniform(1, height - h - 1)
                points = rng.uniform((x, y), (x + w, y + h), (17, 2))
                visible = np.r_[[2, 2, 2], rng.integers(0, 3, 14)]
                points[visible == 0] = 0
                annotation = dict(id=len(annotations) + 1, image_id=index, category_id=1)
                annotation.update(bbox=[x, y, w, h], area=w * h * 0.6, iscrowd=0)
                annotation.update(keypoints=np.c_[points, visible].ravel().tolist())
                annotation.update(num_keypoints=int((visible > 0).sum()))
                annotations.append(annotation)
        categories = [dict(id=1, name='person', keypoints=[], skeleton=[])]
        content = dict(images=images, annotations=annotations, categories=categories)
        (root / 'people.json').write_text(json.dumps(content))
        return root

    return write
