"""Who is who from frame to frame, by the boxes, with the trackers of a library.

ByteTrack: Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box",
ECCV 2022. OC-SORT: Cao et al., "Observation-Centric SORT", CVPR 2023. Both as the package
``trackers`` (Apache-2.0) has them.
"""

from dataclasses import replace

import numpy as np

from .errors import ModelError
from .poses import Poses

TRACKERS = {'bytetrack': 'ByteTrackTracker', 'ocsort': 'OCSORTTracker'}
LOW_SCORE = 0.1
"""ByteTrack follows people it knows down to this score: half hidden ones, mostly."""
ACTIVATION = 0.1
"""So much above the threshold a new person's score must be (ByteTrack, section 4.1)."""


class PoseTracker:
    """Gives the poses of frame after frame the ids of people.

    An id is known from the second frame on (OC-SORT: the third) that shows somebody; until then
    it is -1. Who was lost for a second comes back with another id.

    Args:
        kind (str): ``'bytetrack'`` or ``'ocsort'``.
        score_thr (float): From this score on people count as surely there. Give ``bytetrack``
            those down to :attr:`detect_thr` as well: it follows people it knows on them.
        lost_seconds (float): How long somebody may be out of sight.
        rate (float): Frames a second that the tracker's noise is meant for.

    Raises:
        ModelError: If there is no such tracker, or its package is not installed.

    Example:
        >>> tracker = PoseTracker('bytetrack')
        >>> for number, frame in enumerate(frames):
        ...     poses = tracker(estimator(frame), number / 30)
        ...     print(poses.ids)
    """

    def __init__(
        self,
        kind: str = 'bytetrack',
        score_thr: float = 0.3,
        lost_seconds: float = 1.0,
        rate: float = 30.0,
    ):
        if kind not in TRACKERS:
            raise ModelError(f'there is no tracker {kind}, only {" and ".join(TRACKERS)}')
        try:
            import supervision
            import trackers
        except ImportError as error:
            raise ModelError(
                'following people needs two packages: pip install trackers supervision'
            ) from error
        self.detections = supervision.Detections
        self.score_thr = score_thr
        self.detect_thr = min(LOW_SCORE, score_thr) if kind == 'bytetrack' else score_thr
        options = dict(
            lost_track_buffer=round(lost_seconds * 30),  # counted in thirtieths of a second
            frame_rate=rate,
            high_conf_det_threshold=score_thr,
        )
        if kind == 'bytetrack':
            options['track_activation_threshold'] = min(score_thr + ACTIVATION, 0.95)
        self.tracker = getattr(trackers, TRACKERS[kind])(**options)
        self.last: float | None = None

    def __call__(self, poses: Poses, seconds: float) -> Poses:
        """The poses of the next frame with ids, in the same order.

        Args:
            poses (Poses): Of the frame.
            seconds (float): When it was taken; later than the one before.

        Returns:
            Poses: Those with an id, and those whose score reaches the threshold.
        """
        if self.last is not None and seconds <= self.last:
            seconds = self.last + 1e-3  # a camera's clock may stand still
        self.last = seconds
        given = self.detections(
            xyxy=poses.boxes.astype(float),
            confidence=poses.scores.astype(float),
            class_id=poses.labels,
            data={'index': np.arange(len(poses))},
        )
        found = self.tracker.update(given, timestamp=seconds)
        ids = np.full(len(poses), -1)
        if len(found):  # in an order of their own
            ids[found.data['index']] = found.tracker_id
        poses = replace(poses, ids=ids)
        return poses[(ids >= 0) | (poses.scores >= self.score_thr)]

    def reset(self) -> None:
        """Begin another scene: nobody is known, ids start again."""
        self.tracker.reset()
        self.last = None
