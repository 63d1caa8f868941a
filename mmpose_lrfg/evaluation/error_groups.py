"""Errors counted by the size of people and by how crowded they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmpose_lrfg.evaluation.diagnosis import LabelledImage
from mmpose_lrfg.evaluation.error_analysis import NAMES, UNLABELLED, ImageErrors

# Groups from an inclusive lower limit to the next. Sizes are COCO's, in pixels of the file.
GROUPINGS = {
    'size of the person': {
        'small\n< 32² px': 0, 'medium\n32²-96²': 32**2, 'large\n> 96² px': 96**2
    },
    'people in the image': {'1 person': 0, '2-4': 2, '5-9': 5, '10 and\nmore': 10},
    "overlap with another person's box": {
        'none': 0, 'IoU\n< 0.1': 1e-9, '0.1-0.3': 0.1, '> 0.3': 0.3
    },
}  # fmt: skip


@dataclass
class Group:
    """Errors on a group of annotated people; the fields are those of ``errors.json``.

    Attributes:
        name: What the people have in common.
        people: Number of people.
        keypoints: Number of their annotated keypoints.
        good, jitter, inversion, swap, miss, unfound: Number of keypoints of each status.
        missed_people: Number of people without a match.
        mean_oks: Mean OKS, 0 for a false negative; None without people.
    """

    name: str
    people: int
    keypoints: int
    good: int
    jitter: int
    inversion: int
    swap: int
    miss: int
    unfound: int
    missed_people: int
    mean_oks: float | None

    @property
    def shares(self) -> np.ndarray:
        """(6,) share of each status in the keypoints, by ``NAMES``; zeros without keypoints."""
        return np.array([getattr(self, name) for name in NAMES]) / max(self.keypoints, 1)


@dataclass
class ErrorReport:
    """All errors of a model on a data set; the fields are those of ``errors.json``.

    Attributes:
        all: All people.
        groups: By the names of ``GROUPINGS``.
        false_people: Number of detections without a match.
        images: Number of images.
    """

    all: Group
    groups: dict[str, list[Group]]
    false_people: int
    images: int


def count_errors(images: Sequence[LabelledImage], errors: Sequence[ImageErrors]) -> ErrorReport:
    """Count the errors of all images, and by every grouping.

    Args:
        images (Sequence[LabelledImage]): The images, at least one.
        errors (Sequence[ImageErrors]): The errors in each of them.
    """
    status, oks, match = (
        np.concatenate([getattr(each, name) for each in errors])
        for name in ('status', 'oks', 'match')
    )

    def group(name: str, chosen: np.ndarray) -> Group:
        annotated = status[chosen][status[chosen] != UNLABELLED]
        counts = dict(zip(NAMES, np.bincount(annotated, minlength=len(NAMES)).tolist()))
        return Group(
            name=name,
            people=int(chosen.sum()),
            keypoints=len(annotated),
            **counts,
            missed_people=int((match[chosen] < 0).sum()),
            mean_oks=float(oks[chosen].mean()) if chosen.any() else None,
        )

    values = (
        np.concatenate([image.labels.areas for image in images]),
        np.concatenate([np.full(image.people, image.people) for image in images]),
        np.concatenate([image.overlap for image in images]),
    )
    groups = {}
    for (title, limits), value in zip(GROUPINGS.items(), values):
        number = np.searchsorted(list(limits.values()), value, side='right') - 1
        groups[title] = [group(name, number == n) for n, name in enumerate(limits)]
    false_people = sum(int(each.false_positive.sum()) for each in errors)
    return ErrorReport(group('all', oks >= 0), groups, false_people, len(images))
