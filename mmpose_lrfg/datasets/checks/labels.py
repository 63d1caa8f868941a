"""An annotation file with what its checks need, and their findings."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from .annotations import is_valid
from .duplicates import SeenImages
from .rules import ANNOTATIONS, ERROR, IMAGES, Finding


@dataclass
class Labels:
    """An annotation file that is being checked.

    Attributes:
        file: The file.
        content: Its content; ``images``, ``annotations`` and ``categories`` are lists.
        folder: Image folder; None if images are not checked.
        meta: The parsed metainfo; None if unknown.
        input_size: Width and height of the network's input in pixels.
        anchors: (L, A, 2) in pixels of the input.
        ratio_thr: Threshold of the assigner.
        findings: Errors, then warnings.
        seen: The images, to be found again among those of other splits.
    """

    file: Path
    content: dict
    folder: Path | None = None
    meta: dict | None = None
    input_size: tuple[int, int] = (640, 640)
    anchors: np.ndarray | None = None
    ratio_thr: float = 4.0
    findings: list[Finding] = field(default_factory=list)
    seen: SeenImages | None = None

    def __post_init__(self):
        self.images: list[dict] = self.content[IMAGES]
        self.annotations: list[dict] = self.content[ANNOTATIONS]
        self.by_id = {image.get('id'): image for image in self.images}  # the last of a repeated id

    @cached_property
    def num_keypoints(self) -> int:
        """Of the metainfo, or else of most annotations."""
        if self.meta:
            return self.meta['num_keypoints']
        lengths = [len(a['keypoints']) // 3 for a in self.annotations if a.get('keypoints')]
        return max(set(lengths), key=lengths.count) if lengths else 0

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Keypoint names of the metainfo, or else of a category, or else numbers."""
        if self.meta:
            return tuple(self.meta['keypoint_id2name'][i] for i in range(self.num_keypoints))
        listed = (category.get('keypoints') or () for category in self.content['categories'])
        unnamed = [f'keypoint_{i}' for i in range(self.num_keypoints)]
        return tuple(next((n for n in listed if len(n) == self.num_keypoints), unnamed))

    @cached_property
    def valid(self) -> list[int]:
        """Positions of the annotations with an image, a finite box and finite keypoints."""
        return [
            position
            for position, ann in enumerate(self.annotations)
            if ann.get('image_id') in self.by_id and is_valid(ann, self.num_keypoints)
        ]

    @cached_property
    def objects(self) -> dict[str, int]:
        """Number of objects of each category, by its name."""
        objects = (ann for ann in self.annotations if not ann.get('iscrowd'))
        counts = Counter(ann.get('category_id') for ann in objects)
        counts[1] += counts.pop(None, 0)
        named = ((str(c.get('name', c['id'])), counts[c['id']]) for c in self.content['categories'])
        return dict(named)

    @cached_property
    def annotated(self) -> dict[str, float]:
        """Share of the valid objects in which a keypoint is annotated, by its name."""
        points = [self.annotations[n]['keypoints'][2::3] for n in self.valid]
        return dict(zip(self.names, (np.array(points) > 0).mean(axis=0).tolist() if points else ()))

    @property
    def errors(self) -> int:
        """Number of findings by which training or evaluation would go wrong."""
        return sum(finding.level == ERROR for finding in self.findings)

    def to_dict(self) -> dict:
        """Return plain values for JSON."""
        return {
            'annotations': str(self.file),
            'images': len(self.images),
            'objects': len(self.annotations),
            'keypoints': self.num_keypoints,
            'categories': self.objects,
            'annotated': {name: round(share, 4) for name, share in self.annotated.items()},
            'errors': self.errors,
            'findings': [finding.to_dict() for finding in self.findings],
        }
