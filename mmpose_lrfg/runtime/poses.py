"""The poses found in one image."""

import csv
import inspect
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .drawing import draw_poses
from .skeleton import COCO, Skeleton


@dataclass(frozen=True, eq=False)
class Poses:
    """N poses of K keypoints in pixels of the original image, best first.

    As in MMPose and in COCO's keypoints, (0, 0) is the centre of the upper left pixel.

    Args:
        boxes (ndarray): (N, 4) x1, y1, x2, y2.
        scores (ndarray): (N,) in 0..1.
        keypoints (ndarray): (N, K, 2) x, y.
        keypoint_scores (ndarray): (N, K) in 0..1; every keypoint keeps its coordinates, however
            low its score.
        labels (ndarray, optional): (N,) index of the class, all 0 by default.
        skeleton (Skeleton): Names and links of the keypoints. Defaults to COCO's where K is 17.
        ids (ndarray, optional): (N,) who it is from frame to frame, 0 and up; -1 where that is not
            known yet. None where nobody is followed.

    Raises:
        ValueError: If shapes do not go together.
    """

    boxes: np.ndarray
    scores: np.ndarray
    keypoints: np.ndarray
    keypoint_scores: np.ndarray
    labels: np.ndarray | None = None
    skeleton: Skeleton | None = None
    ids: np.ndarray | None = None

    def __post_init__(self):
        def put(name, value, dtype):
            object.__setattr__(self, name, np.asarray(value, dtype))

        put('scores', self.scores, np.float32)
        for name in ('boxes', 'keypoints', 'keypoint_scores'):
            put(name, getattr(self, name), np.float32)
        count = len(self.scores)
        put('labels', np.zeros(count) if self.labels is None else self.labels, np.int64)
        if self.ids is not None:
            put('ids', self.ids, np.int64)
        if self.keypoints.ndim != 3 or self.keypoints.shape[2] != 2:
            raise ValueError(f'keypoints are (N, K, 2), not {self.keypoints.shape}')
        points = self.keypoints.shape[1]
        if self.skeleton is None:
            known = COCO if points == len(COCO) else Skeleton.unnamed(points)
            object.__setattr__(self, 'skeleton', known)
        expected = {
            'boxes': (count, 4),
            'scores': (count,),
            'labels': (count,),
            'keypoints': (count, len(self.skeleton), 2),
            'keypoint_scores': (count, len(self.skeleton)),
        }
        if self.ids is not None:
            expected['ids'] = (count,)
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f'{name} are {getattr(self, name).shape}, not {shape}')

    @classmethod
    def empty(cls, skeleton: Skeleton = COCO) -> 'Poses':
        """Nobody."""
        k = len(skeleton)
        return cls(
            boxes=np.zeros((0, 4)),
            scores=np.zeros(0),
            keypoints=np.zeros((0, k, 2)),
            keypoint_scores=np.zeros((0, k)),
            skeleton=skeleton,
        )

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, index) -> 'Poses':
        """Those that a slice, a mask (N,) or indices pick."""
        picked = np.arange(len(self))[index].reshape(-1)
        names = ['boxes', 'scores', 'keypoints', 'keypoint_scores', 'labels']
        names += ['ids'] if self.ids is not None else []
        return replace(self, **{name: getattr(self, name)[picked] for name in names})

    def above(self, score_thr: float) -> 'Poses':
        """Those with at least this score."""
        return self[self.scores >= score_thr]

    def to_coco(
        self,
        image_id: int | str,
        file_name: str | None = None,
        category_ids: Sequence[int] | None = None,
    ) -> list[dict]:
        """Detections as COCO's result files list them; plain Python values.

        Args:
            image_id (int | str): Identifies the image.
            file_name (str, optional): Added to every detection.
            category_ids (Sequence[int], optional): Category of each label; label + 1 by default.

        Returns:
            list[dict]: Of each pose ``image_id``, ``category_id``, ``keypoints`` as K times x, y,
            score, ``score`` and ``bbox`` as x, y, width, height; ``track_id`` where people are
            followed, None while it is not known.
        """
        rows = []
        for i in range(len(self)):
            label = int(self.labels[i])
            x1, y1, x2, y2 = self.boxes[i].tolist()
            triples = np.concatenate([self.keypoints[i], self.keypoint_scores[i, :, None]], axis=1)
            row = dict(image_id=image_id)
            if file_name is not None:
                row['file_name'] = file_name
            row['category_id'] = label + 1 if category_ids is None else int(category_ids[label])
            # A thousandth of a pixel; float32 has no more in a large image.
            row['bbox'] = [round(v, 3) for v in (x1, y1, x2 - x1, y2 - y1)]
            row['keypoints'] = [
                round(v, 3 if n % 3 < 2 else 6) for n, v in enumerate(triples.reshape(-1).tolist())
            ]
            row['score'] = round(float(self.scores[i]), 6)
            if self.ids is not None:
                row['track_id'] = int(self.ids[i]) if self.ids[i] >= 0 else None
            rows.append(row)
        return rows

    @classmethod
    def from_coco(
        cls,
        records: Iterable[Mapping],
        skeleton: Skeleton = COCO,
        category_ids: Sequence[int] | None = None,
    ) -> 'Poses':
        """The reverse of :meth:`to_coco`, for the records of one image.

        Annotations are read too: where there is no ``score`` it is 1, and the third value of a
        keypoint (0, 1 or 2 there) becomes a score of 0 or 1.
        """
        records = list(records)
        if not records:
            return cls.empty(skeleton)
        keypoints = np.array([r['keypoints'] for r in records], float)
        keypoints = keypoints.reshape(len(records), -1, 3)
        boxes = np.array([r['bbox'] for r in records], float)
        boxes[:, 2:] += boxes[:, :2]
        categories = [int(r['category_id']) for r in records]
        followed = any('track_id' in r for r in records)
        ids = [-1 if (i := r.get('track_id')) is None else i for r in records]
        known = list(category_ids) if category_ids is not None else None
        return cls(
            boxes=boxes,
            scores=np.array([r.get('score', 1.0) for r in records]),
            keypoints=keypoints[..., :2],
            keypoint_scores=keypoints[..., 2].clip(0, 1),
            labels=np.array([c - 1 if known is None else known.index(c) for c in categories]),
            skeleton=skeleton,
            ids=np.array(ids) if followed else None,
        )

    def to_supervision(self):
        """As ``supervision.KeyPoints``, for its annotators; boxes and ids are in its ``data``.

        Raises:
            ImportError: If supervision is not installed.
        """
        try:
            import supervision
        except ImportError as error:
            raise ImportError('to_supervision needs a package: pip install supervision') from error
        takes = inspect.signature(supervision.KeyPoints).parameters
        scores = dict(confidence=self.keypoint_scores)  # the older name
        if 'keypoint_confidence' in takes:
            scores = dict(
                keypoint_confidence=self.keypoint_scores, detection_confidence=self.scores
            )
        classes = self.skeleton.classes
        data = {
            'xyxy': self.boxes,
            'class_name': np.array(
                [classes[n] if n < len(classes) else str(n) for n in self.labels], dtype=str
            ),
        }
        if self.ids is not None:
            data['tracker_id'] = self.ids
        return supervision.KeyPoints(xy=self.keypoints, class_id=self.labels, data=data, **scores)

    def to_json(self, image_id: int | str = 0, file_name: str | None = None) -> str:
        """:meth:`to_coco` as JSON text."""
        return json.dumps(self.to_coco(image_id, file_name))

    def to_csv(
        self, image_id: int | str = 0, header: bool = True, more: Mapping | None = None
    ) -> str:
        """One line for each pose: image, class, score, box corners, then x, y, score by keypoint.

        The columns of a keypoint bear its name: ``nose_x``, ``nose_y``, ``nose_score``. Where
        people are followed, ``track_id`` stands after the image.

        Args:
            image_id (int | str): Identifies the image.
            header (bool): Begin with the names of the columns.
            more (Mapping, optional): Further columns of the image, after its id.
        """
        more = dict(more or {})
        followed = ['track_id'] if self.ids is not None else []
        text = io.StringIO()
        writer = csv.writer(text, lineterminator='\n')
        if header:
            points = [
                f'{name}_{part}' for name in self.skeleton.names for part in ('x', 'y', 'score')
            ]
            box = ['x1', 'y1', 'x2', 'y2']
            writer.writerow(['image_id', *more, *followed, 'class', 'score', *box, *points])
        for row, label, box in zip(self.to_coco(image_id), self.labels, self.boxes.tolist()):
            classes = self.skeleton.classes
            name = classes[label] if label < len(classes) else str(label)
            corners = [round(v, 3) for v in box]
            who = [row[key] for key in followed]
            writer.writerow(
                [image_id, *more.values(), *who, name, row['score'], *corners, *row['keypoints']]
            )
        return text.getvalue()

    def draw(self, image: np.ndarray, score_thr: float = 0.0, keypoint_thr: float = 0.3, **kwargs):
        """Draw on a copy of ``image``, (H, W, 3) uint8 BGR; see :func:`.drawing.draw_poses`."""
        return draw_poses(image, self.above(score_thr), keypoint_thr=keypoint_thr, **kwargs)
