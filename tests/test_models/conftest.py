"""The scope of MMPose's registries, and images of people on disk."""

import labelled_people
import numpy as np
import pytest
from tiny_export import _mmpose_scope, build  # noqa: F401


def random_person(rng, left, width, height):
    """(17, 3): keypoints between ``left`` and ``left + width``, at least three of them visible."""
    tall = height * rng.uniform(0.4, 0.9)
    top = rng.uniform(4, height - tall - 4)
    points = rng.uniform((left + 6, top), (left + width - 6, top + tall), (17, 2))
    return np.c_[points, [2, 2, 2, *rng.integers(0, 3, 14)]]


@pytest.fixture(scope='module')
def write_people(tmp_path_factory):
    """Write images of so many people side by side: ``write_people((width, height, people), ...)``.

    Returns the folder, with ``annotations/val.json`` and ``val/``.
    """

    def write(*scenes):
        root, rng = tmp_path_factory.mktemp('people') / 'set', np.random.default_rng(0)
        people = [
            [random_person(rng, i * width / count, width / count, height) for i in range(count)]
            for width, height, count in scenes
        ]
        labelled_people.write(root, people, [(width, height) for width, height, _ in scenes])
        return root

    return write
