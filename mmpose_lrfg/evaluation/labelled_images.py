"""Images with their labels, and how large, how many and how close their people are."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from mmpose_lrfg.datasets.coco_folder import Split
from mmpose_lrfg.evaluation.error_analysis import Labels
from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime.postprocess import iou
from mmpose_lrfg.utils.metainfo import AREA_OF_BOX


@dataclass(frozen=True)
class LabelledImage:
    """An image of a data set.

    Attributes:
        id: As in the file of labels.
        path: The file.
        labels: G people.
    """

    id: int
    path: Path
    labels: Labels

    @cached_property
    def overlap(self) -> np.ndarray:
        """(G,) the largest IoU of each person's box with another person's; 0 when alone."""
        overlaps = iou(self.labels.boxes, self.labels.boxes)
        np.fill_diagonal(overlaps, 0)
        return overlaps.max(axis=1, initial=0)

    @property
    def people(self) -> int:
        """How many are labelled."""
        return len(self.labels.areas)

    @property
    def keypoints(self) -> int:
        """How many are labelled."""
        return int((self.labels.keypoints[..., 2] > 0).sum())

    @property
    def alone(self) -> bool:
        """Whether there is one person and, as far as the labels say, nobody else."""
        return self.people == 1 and not len(self.labels.ignored)

    def poses(self) -> Poses:
        """The labels, to be drawn."""
        points = self.labels.keypoints
        return Poses(
            boxes=self.labels.boxes,
            scores=np.ones(self.people),
            keypoints=points[..., :2],
            keypoint_scores=points[..., 2].clip(0, 1),
        )


def labelled_images(split: Split) -> list[LabelledImage]:
    """The images of a data set, in its order."""
    people = defaultdict(list)
    for ann in split.content['annotations']:
        if 'bbox' not in ann or 'keypoints' not in ann:
            continue  # as in training, where a warning says so
        if not ann.get('area'):
            ann = dict(ann, area=AREA_OF_BOX * ann['bbox'][2] * ann['bbox'][3])
        people[ann['image_id']].append(ann)
    return [
        LabelledImage(
            image['id'], split.images / image['file_name'], Labels.from_coco(people[image['id']])
        )
        for image in split.content['images']
    ]
