"""Ids of people in videos, by their boxes or by boxes and keypoints.

The trackers are those of the package ``trackers`` (Apache-2.0): SORT (Bewley et al., ICIP 2016),
ByteTrack (Zhang et al., ECCV 2022), OC-SORT (Cao et al., CVPR 2023), BoT-SORT (Aharon et al., 2022)
and C-BIoU (Yang et al., WACV 2023).
"""

from dataclasses import replace

import numpy as np

from .metadata import ModelError
from .poses import Poses

TRACKERS = {
    'oks': 'BoTSORTTracker',
    'bytetrack': 'ByteTrackTracker',
    'botsort': 'BoTSORTTracker',
    'cbiou': 'CBIoUTracker',
    'ocsort': 'OCSORTTracker',
    'sort': 'SORTTracker',
}
"""Class of each tracker; ``oks`` is BoT-SORT with :class:`PoseSimilarity`, without the camera."""
HIGH_ONLY = ('ocsort', 'sort')
"""Trackers that do not continue tracks with detections of low scores."""
LOW_SCORE = 0.1
"""Lowest score with which the others continue tracks, mostly those of occluded people."""
ACTIVATION = 0.1
"""A track starts only this much above the score threshold (ByteTrack, section 4.1)."""
KEYPOINT_THR = 0.3
"""Keypoints with lower scores do not count in the similarity of poses."""
LEAST_KEYPOINTS = 3
"""People with fewer keypoints in common are compared by their boxes alone."""
SIGMA = 0.07
"""Standard deviation of a keypoint of unknown sigma: that of an average keypoint of COCO."""


class PoseTracker:
    """Assigns ids to the poses of successive frames.

    An id is assigned in the second frame (OC-SORT, SORT: the third) that shows a person, and is -1
    before; ``oks``, ``botsort`` and ``cbiou`` assign it at once in the first frame of all. A person
    who was lost for ``lost_seconds`` gets another id.

    Args:
        kind (str): One of ``TRACKERS``.
        score_thr (float): Score from which a detection may start a track. Most trackers also need
            the detections down to :attr:`detect_thr`, with which they continue tracks.
        lost_seconds (float): Longest time out of sight.

    Raises:
        ModelError: If the tracker is unknown or its package is not installed.

    Examples:
        >>> tracker = PoseTracker()
        >>> for number, frame in enumerate(frames):
        ...     poses = tracker(estimator(frame), number / 30)
        ...     print(poses.ids)
    """

    def __init__(self, kind: str = 'oks', score_thr: float = 0.3, lost_seconds: float = 1.0):
        if kind not in TRACKERS:
            raise ModelError(f'unknown tracker {kind}; choose from {", ".join(TRACKERS)}')
        try:
            import supervision
            import trackers
        except ImportError as error:
            raise ModelError(
                'tracking needs two packages: pip install trackers supervision'
            ) from error
        self.detections = supervision.Detections
        self.score_thr = self.detect_thr = score_thr
        self.needs_images = kind == 'botsort'
        self.similarity = PoseSimilarity(trackers.IoU()) if kind == 'oks' else None
        options = dict(iou=self.similarity, enable_cmc=False) if self.similarity else {}
        if kind not in HIGH_ONLY:
            self.detect_thr = min(LOW_SCORE, score_thr)
        if kind != 'sort':
            options['high_conf_det_threshold'] = score_thr
        if kind != 'ocsort':
            options['track_activation_threshold'] = min(score_thr + ACTIVATION, 0.95)
        self.tracker = getattr(trackers, TRACKERS[kind])(
            lost_track_buffer=round(lost_seconds * 30),  # in thirtieths of a second
            frame_rate=30.0,  # for which the noise of the motion model is set
            **options,
        )
        self.last = -np.inf

    def __call__(self, poses: Poses, seconds: float, image: np.ndarray | None = None) -> Poses:
        """Assign ids to the poses of the next frame.

        Args:
            poses (Poses): Of the frame.
            seconds (float): Time of the frame; should be later than the one before.
            image (ndarray, optional): (H, W, 3) uint8 BGR, in which ``botsort`` measures the motion
                of the camera.

        Returns:
            Poses: In the same order, those with an id or a score >= ``score_thr``.
        """
        if seconds <= self.last:
            seconds = self.last + 1e-3  # a camera's clock may stand still
        self.last = seconds
        detections = self.detections(
            xyxy=poses.boxes.astype(float),
            confidence=poses.scores.astype(float),
            class_id=poses.labels,
            data={'index': np.arange(len(poses))},
        )
        if self.similarity:
            self.similarity.start(self.tracker.tracks, poses)
        frame = image if self.needs_images else None
        found = self.tracker.update(detections, frame=frame, timestamp=seconds)
        ids = np.full(len(poses), -1)
        if len(found):  # in another order
            ids[found.data['index']] = found.tracker_id
        poses = replace(poses, ids=ids)
        if self.similarity:
            self.similarity.remember(poses)
        return poses[(ids >= 0) | (poses.scores >= self.score_thr)]

    def reset(self) -> None:
        """Forget all tracks; ids start from 0 again."""
        self.tracker.reset()
        self.last = -np.inf


class PoseSimilarity:
    """Mean of the IoU of boxes and the OKS of keypoints, in the place of a tracker's IoU.

    The keypoints of a track are those of its last detection, moved with its predicted box. The
    sigmas of OKS are doubled, as limbs move between frames. Tracks without an id have their IoU.

    Args:
        iou (trackers.IoU): For the boxes.
    """

    def __init__(self, iou):
        self.iou = iou
        self.tracks, self.poses = [], None
        self.last: dict[int, Poses] = {}  # of the tracks with an id

    def start(self, tracks: list, poses: Poses) -> None:
        """Set the tracks and the detections that are compared in the next frame."""
        self.tracks, self.poses = tracks, poses
        alive = {track.tracker_id for track in tracks}
        self.last = {person: last for person, last in self.last.items() if person in alive}

    def remember(self, poses: Poses) -> None:
        """Keep the poses that continue tracks."""
        for index, person in enumerate(poses.ids.tolist()):
            if person >= 0:
                self.last[person] = poses[index]

    def compute(self, boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Return the similarities (N, M) of the predicted boxes of tracks and those of detections.

        The tracker hands over some of its tracks and of the detections, in any order.
        """
        similarity = np.array(self.iou.compute(boxes, others), float)
        if not similarity.size:
            return similarity
        ids = {track.get_state_bbox().tobytes(): track.tracker_id for track in self.tracks}
        order = {box.tobytes(): n for n, box in enumerate(self.poses.boxes.astype(float))}
        found = self.poses[[order[box.tobytes()] for box in others]]
        for row, box in enumerate(boxes):
            last = self.last.get(ids[box.tobytes()])
            if last is not None:
                near, count = oks_of_motion(last, box, found)
                mean = (similarity[row] + near) / 2
                similarity[row] = np.where(count >= LEAST_KEYPOINTS, mean, similarity[row])
        return similarity

    def normalize_for_fusion(self, similarity: np.ndarray) -> np.ndarray:
        """Return the similarities as they are: in 0..1, like IoU."""
        return similarity


def oks_of_motion(last: Poses, box: np.ndarray, poses: Poses) -> tuple[np.ndarray, np.ndarray]:
    """Compare a person who has moved to ``box`` (4,) with N poses.

    Returns:
        tuple: OKS (N,) with doubled sigmas, and the numbers (N,) of compared keypoints.
    """
    shift = (box[:2] + box[2:] - last.boxes[0, :2] - last.boxes[0, 2:]) / 2
    squares = ((poses.keypoints - last.keypoints - shift) ** 2).sum(axis=2)
    seen = np.minimum(poses.keypoint_scores, last.keypoint_scores) >= KEYPOINT_THR
    sigmas = np.array(poses.skeleton.sigmas or [SIGMA])
    area = np.maximum(box[2:] - box[:2], 1).prod()
    # COCO's constants are 2 sigma.
    near = np.exp(-squares / (2 * area * (4 * sigmas) ** 2))
    count = seen.sum(axis=1)
    return (near * seen).sum(axis=1) / np.maximum(count, 1), count
