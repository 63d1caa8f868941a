"""Names of keypoints and the links that are drawn between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise

LEFT, CENTRE, RIGHT = 'left', 'centre', 'right'
SIDES = {'left': LEFT, 'l': LEFT, 'right': RIGHT, 'r': RIGHT}


def side_of(name: str) -> str:
    """Return the side in a keypoint's name: 'left_eye', 'eye-left', 'L_eye', 'nose' (centre)."""
    words = name.lower().replace('-', ' ').replace('_', ' ').split()
    return next((SIDES[word] for word in words if word in SIDES), CENTRE)


@dataclass(frozen=True)
class Skeleton:
    """Meaning of the K keypoints of a pose.

    Args:
        names (tuple[str, ...]): Of the K keypoints.
        links (tuple[tuple[int, int], ...]): Pairs of keypoints joined by a line.
        classes (tuple[str, ...]): Names of the classes that have these keypoints.
        sigmas (tuple[float, ...]): The K standard deviations of OKS; empty if they are unknown.

    Raises:
        ValueError: If a link contains an index >= K, or the number of sigmas is not K.
    """

    names: tuple[str, ...]
    links: tuple[tuple[int, int], ...] = ()
    classes: tuple[str, ...] = ('person',)
    sigmas: tuple[float, ...] = field(default=(), compare=False)

    def __post_init__(self):
        object.__setattr__(self, 'names', tuple(self.names))
        object.__setattr__(self, 'links', tuple((int(a), int(b)) for a, b in self.links))
        object.__setattr__(self, 'classes', tuple(self.classes))
        object.__setattr__(self, 'sigmas', tuple(float(sigma) for sigma in self.sigmas))
        if len(self.sigmas) not in (0, len(self.names)):
            raise ValueError(f'{len(self.sigmas)} sigmas do not fit {len(self.names)} keypoints')
        for link in self.links:
            if not all(0 <= end < len(self.names) for end in link):
                raise ValueError(f'link {link} is not between two of {len(self.names)} keypoints')

    def __len__(self) -> int:
        return len(self.names)

    def class_name(self, label: int) -> str:
        """Return the name of a class, or its number if it has none."""
        return self.classes[label] if 0 <= label < len(self.classes) else str(label)

    @cached_property
    def sides(self) -> tuple[str, ...]:
        """Of the K keypoints: 'left', 'right' or 'centre'."""
        return tuple(side_of(name) for name in self.names)

    @cached_property
    def link_sides(self) -> tuple[str, ...]:
        """Of the links: the side of their ends; 'centre' for a link from left to right."""
        ends = [{self.sides[a], self.sides[b]} - {CENTRE} for a, b in self.links]
        return tuple(sides.pop() if len(sides) == 1 else CENTRE for sides in ends)

    @cached_property
    def chains(self) -> tuple[int, ...]:
        """Of the links: number of the chain; links that begin where the last one ends join it."""
        new = [end != start for (_, end), (start, _) in pairwise(self.links)]
        return tuple(accumulate([0, *new]))[: len(self.links)]

    @cached_property
    def named(self) -> bool:
        """Whether the keypoints have names, other than COCO's, which drawings show."""
        return self.names != COCO.names and self.names != self.unnamed(len(self)).names

    @classmethod
    def from_meta(cls, meta: Mapping) -> 'Skeleton':
        """Create it from the ``dataset_meta`` of a model of MMPose.

        Raises:
            ValueError: If it has no names of keypoints.
        """
        names: Mapping[int, str] = meta.get('keypoint_id2name') or {}
        if not names:
            raise ValueError('the meta information has no keypoint_id2name')
        ordered = tuple(names[index] for index in sorted(names))
        links, classes, sigmas = map(meta.get, ('skeleton_links', 'classes', 'sigmas'))
        return cls(ordered, links or (), classes or ('person',), () if sigmas is None else sigmas)

    @classmethod
    def unnamed(cls, num_keypoints: int) -> 'Skeleton':
        """Create a skeleton without names and links."""
        return cls(tuple(f'keypoint_{index}' for index in range(num_keypoints)))


COCO = Skeleton(
    names=(
        'nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear', 'left_shoulder',
        'right_shoulder', 'left_elbow', 'right_elbow', 'left_wrist', 'right_wrist', 'left_hip',
        'right_hip', 'left_knee', 'right_knee', 'left_ankle', 'right_ankle',
    ),
    links=(
        (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7),
        (6, 8), (7, 9), (8, 10), (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
    ),
    sigmas=(
        0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107,
        0.087, 0.087, 0.089, 0.089,
    ),
)  # fmt: skip
