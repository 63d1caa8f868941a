"""What a check found, and what it looks at."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

ERROR, WARNING = 'error', 'warning'
EXAMPLES = 5


@dataclass
class Finding:
    """Something that is wrong in one or many places.

    Attributes:
        kind: Short name, the same in every data set.
        level: 'error' where training or evaluation would go wrong, 'warning' where something is
            mended, left out or strange.
        text: One sentence.
        count: Places.
        examples: Some of them in words.
        annotations: Their positions in the file's "annotations".
        images: Their positions in the file's "images".
        pair: Keypoints to exchange, where that would mend it.
    """

    kind: str
    level: str
    text: str
    count: int = 1
    examples: list[str] = field(default_factory=list)
    annotations: list[int] = field(default_factory=list)
    images: list[int] = field(default_factory=list)
    pair: tuple[int, int] | None = None

    def to_dict(self) -> dict:
        """For JSON."""
        return {
            'kind': self.kind,
            'level': self.level,
            'text': self.text,
            'count': self.count,
            'examples': self.examples,
        }


class Collector:
    """Gathers places by kind; the sentences come at the end, when their numbers are known."""

    def __init__(self, labels: 'Labels'):
        self.labels = labels
        self.places: dict[str, list[tuple[int, str]]] = {}

    def add(self, kind: str, position: int, detail: str = '') -> None:
        """Note a place: the position of an annotation or image."""
        self.places.setdefault(kind, []).append((position, detail))

    def annotations(self, kind: str, level: str, text: str) -> Iterator[Finding]:
        """The finding of a kind whose places are annotations, if there are any."""
        places = self.places.get(kind, [])
        if places:
            listed = self.labels.annotations
            examples = [
                f'annotation {listed[n].get("id")} of image {listed[n].get("image_id")}{detail}'
                for n, detail in places[:EXAMPLES]
            ]
            positions = [n for n, _ in places]
            yield Finding(kind, level, text, len(places), examples, annotations=positions)

    def images(self, kind: str, level: str, text: str) -> Iterator[Finding]:
        """The finding of a kind whose places are images, if there are any."""
        places = self.places.get(kind, [])
        if places:
            listed = self.labels.images
            examples = [f'{listed[n].get("file_name")}{detail}' for n, detail in places[:EXAMPLES]]
            positions = [n for n, _ in places]
            yield Finding(kind, level, text, len(places), examples, images=positions)


@dataclass
class Labels:
    """An annotation file as the checks see it.

    Attributes:
        file: Where it is.
        content: What it holds; ``images``, ``annotations`` and ``categories`` are lists.
        folder: Of the images; None: they are not looked at.
        meta: The parsed metainfo; None: not known.
        input_size: Width and height of the network's input.
        anchors: (L, A, 2) in pixels of the input.
        ratio_thr: Of the assigner.
    """

    file: Path
    content: dict
    folder: Path | None = None
    meta: dict | None = None
    input_size: tuple[int, int] = (640, 640)
    anchors: np.ndarray | None = None
    ratio_thr: float = 4.0

    @property
    def images(self) -> list[dict]:
        """Entries as they stand in the file."""
        return self.content['images']

    @property
    def annotations(self) -> list[dict]:
        """Entries as they stand in the file."""
        return self.content['annotations']

    @cached_property
    def by_id(self) -> dict:
        """Images by id; of two with one id the last."""
        return {image.get('id'): image for image in self.images}

    @cached_property
    def num_keypoints(self) -> int:
        """Of the metainfo, or of most annotations."""
        if self.meta:
            return self.meta['num_keypoints']
        lengths = [len(a['keypoints']) // 3 for a in self.annotations if a.get('keypoints')]
        return max(set(lengths), key=lengths.count) if lengths else 0

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of the keypoints: the metainfo's, or a category's, or numbers."""
        if self.meta:
            return tuple(self.meta['keypoint_id2name'][i] for i in range(self.num_keypoints))
        for category in self.content['categories']:
            names = category.get('keypoints') or ()
            if len(names) == self.num_keypoints:
                return tuple(names)
        return tuple(f'keypoint_{i}' for i in range(self.num_keypoints))

    @cached_property
    def good(self) -> list[int]:
        """Positions of the annotations that can be computed with: box, keypoints and image."""
        return [n for n, ann in enumerate(self.annotations) if self._is_good(ann)]

    def _is_good(self, ann: dict) -> bool:
        box, points = ann.get('bbox'), ann.get('keypoints')
        image = self.by_id.get(ann.get('image_id'))
        return (
            image is not None
            and is_numbers(box, 4)
            and is_numbers(points, 3 * self.num_keypoints)
            and not ann.get('iscrowd')
        )


def is_numbers(values, count: int) -> bool:
    """Whether ``values`` is a list of so many finite numbers."""
    if not isinstance(values, list) or len(values) != count:
        return False
    try:
        return bool(np.isfinite(np.array(values, float)).all())
    except (TypeError, ValueError):
        return False
