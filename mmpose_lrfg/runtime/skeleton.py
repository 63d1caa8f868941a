"""Names of keypoints, and which of them a line joins."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

LEFT, CENTRE, RIGHT = 'left', 'centre', 'right'


def side_of(name: str) -> str:
    """Which side a keypoint is on by its name: 'left_eye', 'eye-left', 'L_eye', 'nose' (centre)."""
    words = name.lower().replace('-', '_').replace(' ', '_').split('_')
    for side, marks in ((LEFT, ('left', 'l')), (RIGHT, ('right', 'r'))):
        if any(mark in words for mark in marks):
            return side
    return CENTRE


@dataclass(frozen=True)
class Skeleton:
    """What the K keypoints of a pose are.

    Args:
        names (tuple[str, ...]): Of the K keypoints.
        links (tuple[tuple[int, int], ...]): Pairs of keypoints that a line joins.
        classes (tuple[str, ...]): Names of what has these keypoints.

    Raises:
        ValueError: If a link names a keypoint that is not there.
    """

    names: tuple[str, ...]
    links: tuple[tuple[int, int], ...] = ()
    classes: tuple[str, ...] = ('person',)

    def __post_init__(self):
        object.__setattr__(self, 'names', tuple(self.names))
        object.__setattr__(self, 'links', tuple((int(a), int(b)) for a, b in self.links))
        object.__setattr__(self, 'classes', tuple(self.classes))
        for link in self.links:
            if not all(0 <= end < len(self.names) for end in link):
                raise ValueError(f'link {link} is not between two of {len(self.names)} keypoints')

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def sides(self) -> tuple[str, ...]:
        """Of the K keypoints: 'left', 'right' or 'centre'."""
        return tuple(side_of(name) for name in self.names)

    @cached_property
    def link_sides(self) -> tuple[str, ...]:
        """Of the links: the side of an end that has one; what joins left and right is central."""
        ends = ({self.sides[a], self.sides[b]} for a, b in self.links)
        return tuple(
            LEFT
            if LEFT in e and RIGHT not in e
            else RIGHT
            if RIGHT in e and LEFT not in e
            else CENTRE
            for e in ends
        )

    @cached_property
    def chains(self) -> tuple[int, ...]:
        """Of the links: 0 and up, the row of links without a branch that each belongs to.

        They tell parts apart where there are no sides, such as the fingers of a hand.
        """
        ends = Counter(end for link in self.links for end in link)
        chains: list[int] = []
        row: dict[int, int] = {}
        for link in self.links:
            before = [row[end] for end in link if end in row and ends[end] == 2]
            chains.append(before[0] if before else max(chains, default=-1) + 1)
            row.update(dict.fromkeys(link, chains[-1]))
        return tuple(chains)

    @cached_property
    def keypoint_chains(self) -> tuple[int, ...]:
        """Of the K keypoints: the chain of its links; -1 where several meet or there is none."""
        meeting: dict[int, set[int]] = {}
        for link, chain in zip(self.links, self.chains):
            for end in link:
                meeting.setdefault(end, set()).add(chain)
        found = (meeting.get(index, set()) for index in range(len(self)))
        return tuple(next(iter(chains)) if len(chains) == 1 else -1 for chains in found)

    @classmethod
    def from_meta(cls, meta: Mapping) -> 'Skeleton':
        """From the ``dataset_meta`` of MMPose's models.

        Raises:
            ValueError: If it has no names of keypoints.
        """
        names: Mapping[int, str] = meta.get('keypoint_id2name') or {}
        if not names:
            raise ValueError('the meta information has no keypoint_id2name')
        ordered = tuple(names[index] for index in sorted(names))
        return cls(ordered, meta.get('skeleton_links') or (), meta.get('classes') or ('person',))

    @classmethod
    def unnamed(cls, num_keypoints: int) -> 'Skeleton':
        """Keypoints of which nothing is known."""
        return cls(tuple(f'keypoint_{index}' for index in range(num_keypoints)))


def _coco() -> Skeleton:
    names: Sequence[str] = (
        'nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear', 'left_shoulder',
        'right_shoulder', 'left_elbow', 'right_elbow', 'left_wrist', 'right_wrist', 'left_hip',
        'right_hip', 'left_knee', 'right_knee', 'left_ankle', 'right_ankle',
    )  # fmt: skip
    links = (
        (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7),
        (6, 8), (7, 9), (8, 10), (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
    )  # fmt: skip
    return Skeleton(names, links)


COCO = _coco()
