"""An annotation file with what its checks need."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from mmpose_lrfg.datasets.coco_checks import is_finite


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
        """Image entries of the file."""
        return self.content['images']

    @property
    def annotations(self) -> list[dict]:
        """Annotation entries of the file."""
        return self.content['annotations']

    @cached_property
    def by_id(self) -> dict:
        """Images by id; the last one of a repeated id."""
        return {image.get('id'): image for image in self.images}

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
        for category in self.content['categories']:
            names = category.get('keypoints') or ()
            if len(names) == self.num_keypoints:
                return tuple(names)
        return tuple(f'keypoint_{i}' for i in range(self.num_keypoints))

    @cached_property
    def valid(self) -> list[int]:
        """Positions of the annotations with an image, a finite box and finite keypoints."""
        return [n for n, ann in enumerate(self.annotations) if self._is_valid(ann)]

    def _is_valid(self, ann: dict) -> bool:
        return (
            not ann.get('iscrowd')
            and ann.get('image_id') in self.by_id
            and is_finite(ann.get('bbox') or (), 4)
            and is_finite(ann.get('keypoints') or (), 3 * self.num_keypoints)
        )
