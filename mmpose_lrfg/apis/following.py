"""Ids and steady keypoints for the frames of many sources, each a scene of its own."""

from pathlib import Path

from mmpose_lrfg.runtime import Poses, PoseSmoother, PoseTracker

from .exported import told
from .sources import Frame

IMAGE_RATE = 30.0
"""Images of a folder count as frames of a video with so many a second."""


class Follower:
    """Follows people through videos and streams, and through the images of a folder.

    Args:
        kind (str): ``'bytetrack'`` or ``'ocsort'``.
        score_thr (float): As in :class:`PoseTracker`.
        smooth (bool): Steady the keypoints as well.

    Attributes:
        detect_thr (float): The score down to which it wants to know people.

    Raises:
        UserError: If the tracker is unknown or its package missing.
    """

    def __init__(self, kind: str, score_thr: float = 0.3, smooth: bool = False):
        with told():
            self.tracker = PoseTracker(kind, score_thr)
        self.smoother = PoseSmoother() if smooth else None
        self.detect_thr = self.tracker.detect_thr
        self.scene: Path | None = None
        self.images = 0

    def __call__(self, frame: Frame, poses: Poses) -> Poses:
        """The poses of the next frame, with ids."""
        source = frame.source
        scene = source.path if source.video else source.path.parent
        if scene != self.scene:
            self.scene, self.images = scene, 0
            self.tracker.reset()
            if self.smoother:
                self.smoother.reset()
        seconds = frame.seconds if source.video else self.images / IMAGE_RATE
        self.images += 1
        poses = self.tracker(poses, seconds)
        return self.smoother(poses, seconds) if self.smoother else poses
