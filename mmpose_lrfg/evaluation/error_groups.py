"""Errors counted by the size of people and by how crowded they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mmpose_lrfg.evaluation.diagnosis import LabelledImage
from mmpose_lrfg.evaluation.error_analysis import NAMES, UNLABELLED, ImageErrors


@dataclass
class Group:
    """Errors on a group of annotated people.

    Attributes:
        name: What the people have in common.
        people: Number of people.
        keypoints: Number of their annotated keypoints.
        counts: (6,) of these keypoints, by ``NAMES``.
        false_negatives: Number of people without a match.
        oks: Mean OKS, 0 for a false negative; NaN without people.
    """

    name: str
    people: int
    keypoints: int
    counts: np.ndarray
    false_negatives: int
    oks: float

    @property
    def shares(self) -> np.ndarray:
        """(6,) share of each kind; zeros without annotated keypoints."""
        return self.counts / max(self.keypoints, 1)

    def to_dict(self) -> dict:
        """Return plain values for JSON."""
        return dict(
            name=self.name,
            people=self.people,
            keypoints=self.keypoints,
            **{name: int(count) for name, count in zip(NAMES, self.counts)},
            missed_people=self.false_negatives,
            mean_oks=None if np.isnan(self.oks) else self.oks,
        )


# Limits are inclusive below. Sizes are COCO's, of the area in the pixels of the file.
BY_SIZE = (('small\n< 32² px', 0, 32**2), ('medium\n32²-96²', 32**2, 96**2),
           ('large\n> 96² px', 96**2, np.inf))  # fmt: skip
BY_PEOPLE = (('1 person', 0, 2), ('2-4', 2, 5), ('5-9', 5, 10), ('10 and\nmore', 10, np.inf))
BY_OVERLAP = (('none', 0, 1e-9), ('IoU\n< 0.1', 1e-9, 0.1), ('0.1-0.3', 0.1, 0.3),
              ('> 0.3', 0.3, np.inf))  # fmt: skip
GROUPINGS: dict[str, tuple[Sequence, Callable[[LabelledImage], np.ndarray]]] = {
    'size of the person': (BY_SIZE, lambda image: image.labels.areas),
    'people in the image': (BY_PEOPLE, lambda image: np.full(image.people, image.people)),
    "overlap with another person's box": (BY_OVERLAP, lambda image: image.overlap),
}


@dataclass
class ErrorReport:
    """All errors of a model on a data set.

    Attributes:
        all: All people.
        groups: By the names of ``GROUPINGS``.
        false_positives: Number of detections without a match.
        images: Number of images.
    """

    all: Group
    groups: dict[str, list[Group]]
    false_positives: int
    images: int

    def to_dict(self) -> dict:
        """Return plain values for JSON."""
        return dict(
            all=self.all.to_dict(),
            groups={k: [g.to_dict() for g in groups] for k, groups in self.groups.items()},
            false_people=self.false_positives,
            images=self.images,
        )


def count_errors(images: Sequence[LabelledImage], errors: Sequence[ImageErrors]) -> ErrorReport:
    """Count the errors of all images, and by every grouping.

    Args:
        images (Sequence[LabelledImage]): The images.
        errors (Sequence[ImageErrors]): The errors in each of them.
    """
    status = np.concatenate([e.status for e in errors]) if errors else np.zeros((0, 17), int)
    oks = np.concatenate([e.oks for e in errors]) if errors else np.zeros(0)
    missed = np.concatenate([e.match < 0 for e in errors]) if errors else np.zeros(0, bool)

    def group(name: str, chosen: np.ndarray) -> Group:
        own = status[chosen]
        own = own[own != UNLABELLED]
        mean = float(oks[chosen].mean()) if chosen.any() else float('nan')
        counts = np.bincount(own, minlength=len(NAMES))
        return Group(name, int(chosen.sum()), len(own), counts, int(missed[chosen].sum()), mean)

    groups = {}
    for title, (limits, value_of) in GROUPINGS.items():
        values = np.concatenate([value_of(image) for image in images]) if images else np.zeros(0)
        groups[title] = [
            group(name, (values >= low) & (values < high)) for name, low, high in limits
        ]
    everybody = group('all', np.ones(len(oks), bool))
    false_positives = sum(int(e.false_positive.sum()) for e in errors)
    return ErrorReport(everybody, groups, false_positives, len(images))
