"""The poses of one image: the result of every predictor."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .drawing import draw_poses
from .images import write_image
from .skeleton import COCO, Skeleton

ARRAYS = ('boxes', 'scores', 'keypoints', 'keypoint_scores', 'labels', 'ids')


@dataclass(frozen=True, eq=False)
class Poses:
    """N poses of K keypoints in pixels of the original image, best first.

    As in MMPose, (0, 0) is the centre of the upper left pixel.

    Args:
        boxes (ndarray): (N, 4) x1, y1, x2, y2.
        scores (ndarray): (N,) in 0..1.
        keypoints (ndarray): (N, K, 2) x, y.
        keypoint_scores (ndarray): (N, K) in 0..1. Keypoints keep their coordinates at any score.
        labels (ndarray, optional): (N,) index of the class (default: 0).
        skeleton (Skeleton): Names and links of the keypoints (default: COCO's for K = 17).
        ids (ndarray, optional): (N,) ids of tracked people from 0; -1 before one is assigned.
        path (str): Name of the image or video.
        image (ndarray, optional): (H, W, 3) uint8 BGR, on which :meth:`draw` draws.

    Raises:
        ValueError: If shapes contradict each other.
    """

    boxes: np.ndarray
    scores: np.ndarray
    keypoints: np.ndarray
    keypoint_scores: np.ndarray
    labels: np.ndarray | None = None
    skeleton: Skeleton | None = None
    ids: np.ndarray | None = None
    path: str = ''
    image: np.ndarray | None = None

    def __post_init__(self):
        def put(name, value):
            object.__setattr__(self, name, value)

        for name in ('boxes', 'scores', 'keypoints', 'keypoint_scores'):
            put(name, np.asarray(getattr(self, name), np.float32))
        put('labels', np.asarray(np.zeros(len(self)) if self.labels is None else self.labels, int))
        if self.ids is not None:
            put('ids', np.asarray(self.ids, int))
        if self.skeleton is None:
            k = self.keypoint_scores.shape[-1]
            put('skeleton', COCO if k == len(COCO) else Skeleton.unnamed(k))
        n, k = len(self), len(self.skeleton)
        shapes = dict(boxes=(n, 4), keypoints=(n, k, 2), keypoint_scores=(n, k), labels=(n,))
        for name, shape in (shapes | dict(ids=(n,))).items():
            value = getattr(self, name)
            if value is not None and value.shape != shape:
                raise ValueError(f'{name} must be {shape}, got {value.shape}')

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, index) -> 'Poses':
        """Return the poses of an index, a slice, a mask (N,) or indices."""
        picked = np.arange(len(self))[index].reshape(-1)
        arrays = {name: getattr(self, name) for name in ARRAYS}
        return replace(self, **{k: v[picked] for k, v in arrays.items() if v is not None})

    def above(self, score_thr: float) -> 'Poses':
        """Return the poses with a score >= ``score_thr``."""
        return self[self.scores >= score_thr]

    def to_coco(self, image_id: int | str, category_ids: Sequence[int] | None = None) -> list[dict]:
        """Return the records of a COCO results file, with plain Python values.

        Args:
            image_id (int | str): Id of the image.
            category_ids (Sequence[int], optional): Category of each label (default: label + 1).

        Returns:
            list[dict]: ``image_id``, ``category_id``, ``keypoints`` (K times x, y, score),
            ``score`` and ``bbox`` (x, y, width, height) of each pose; with ids also ``track_id``,
            None before one is assigned.
        """
        # float32 has no more than a thousandth of a pixel in a large image.
        boxes = self.boxes.astype(float)
        boxes[:, 2:] -= boxes[:, :2]
        boxes = boxes.round(3).tolist()
        points = self.keypoints.astype(float).round(3)
        visibilities = self.keypoint_scores.astype(float).round(6)
        points = np.concatenate([points, visibilities[..., None]], axis=2)
        points = points.reshape(len(self), 3 * len(self.skeleton)).tolist()
        records = []
        for i, score in enumerate(self.scores.astype(float).round(6).tolist()):
            label = int(self.labels[i])
            category = label + 1 if category_ids is None else int(category_ids[label])
            record = dict(image_id=image_id, category_id=category)
            record |= dict(bbox=boxes[i], keypoints=points[i], score=score)
            if self.ids is not None:
                record['track_id'] = int(self.ids[i]) if self.ids[i] >= 0 else None
            records.append(record)
        return records

    @classmethod
    def from_coco(cls, records: Iterable[Mapping], skeleton: Skeleton = COCO) -> 'Poses':
        """Create it from the records of one image; the reverse of :meth:`to_coco`.

        Annotations are accepted too: a missing ``score`` is 1, and visibilities 0, 1, 2 become
        keypoint scores of 0 or 1.
        """
        records = list(records)
        points = np.array([r['keypoints'] for r in records], float)
        points = points.reshape(len(records), len(skeleton), 3)
        boxes = np.array([r['bbox'] for r in records], float).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        ids = None
        if any('track_id' in r for r in records):
            ids = [-1 if r.get('track_id') is None else r['track_id'] for r in records]
        return cls(
            boxes=boxes,
            scores=[r.get('score', 1.0) for r in records],
            keypoints=points[..., :2],
            keypoint_scores=points[..., 2].clip(0, 1),
            labels=[int(r['category_id']) - 1 for r in records],
            skeleton=skeleton,
            ids=ids,
        )

    def to_csv(
        self, image_id: int | str = 0, header: bool = True, more: Mapping | None = None
    ) -> str:
        """Return a line per pose: image, class, score, box corners and x, y, score per keypoint.

        Columns of keypoints have their names: ``nose_x``, ``nose_y``, ``nose_score``. With ids,
        ``track_id`` comes before the class.

        Args:
            image_id (int | str): Id of the image.
            header (bool): Begin with the names of the columns.
            more (Mapping, optional): Further columns of the image, after its id.
        """
        image = {'image_id': image_id, **(more or {})}
        tracked = ['track_id'] if self.ids is not None else []
        text = io.StringIO()
        writer = csv.writer(text, lineterminator='\n')
        if header:
            points = [f'{k}_{part}' for k in self.skeleton.names for part in ('x', 'y', 'score')]
            writer.writerow([*image, *tracked, 'class', 'score', 'x1', 'y1', 'x2', 'y2', *points])
        corners = self.boxes.astype(float).round(3).tolist()
        for row, label, box in zip(self.to_coco(image_id), self.labels, corners):
            person = [*(row[key] for key in tracked), self.skeleton.class_name(label)]
            writer.writerow([*image.values(), *person, row['score'], *box, *row['keypoints']])
        return text.getvalue()

    def draw(
        self,
        image: np.ndarray | None = None,
        score_thr: float = 0.0,
        keypoint_thr: float = 0.3,
        **options,
    ) -> np.ndarray:
        """Draw on a copy of ``image``, by default its own; see :func:`.drawing.draw_poses`."""
        image = self.image if image is None else image
        if image is None:
            raise ValueError('the poses hold no image: give one, draw(image)')
        return draw_poses(image, self.above(score_thr), keypoint_thr=keypoint_thr, **options)

    def save(self, path: str | Path, **options) -> None:
        """Write :meth:`draw` to an image file."""
        write_image(path, self.draw(**options))
