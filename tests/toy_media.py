"""Tiny images and videos, and a stand-in for a network on them."""

from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.runtime import COCO, Poses


def write_image(path, value=100, size=(20, 30)):
    """Write an image of one grey value; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((*size, 3), value, np.uint8))
    return path


def write_video(path, values=(40, 120, 200), size=(48, 64)):
    """Write a video with a frame for each grey value, ten per second; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'mp4v'), 10, size[::-1])
    for value in values:
        video.write(np.full((*size, 3), value, np.uint8))
    video.release()
    return path


class OnePerson:
    """Predict one person per image, with the image's brightness as the score.

    Raises KeyboardInterrupt in call number ``stop_at``.
    """

    skeleton = COCO

    def __init__(self, stop_at=None):
        self.batches, self.stop_at = [], stop_at

    def __call__(self, images):
        self.batches.append(len(images))
        if self.stop_at == len(self.batches):
            raise KeyboardInterrupt
        return [self.person(image) for image in images]

    def person(self, image):
        height, width = image.shape[:2]
        points = np.stack([np.linspace(2, width - 3, 17), np.linspace(2, height - 3, 17)], 1)
        return Poses(
            [[1, 1, width - 2, height - 2]], [image.mean() / 255], [points], np.ones((1, 17))
        )


class FakeCapture:
    """Stand-in for ``cv2.VideoCapture``; files are opened by the original.

    Plays ``script``, one entry per attempt: None cannot be opened, N has N frames and breaks off.
    """

    original = cv2.VideoCapture

    def __init__(self, *script, length=0, fps=10.0):
        self.script, self.length, self.fps = list(script), length, fps
        self.opened, self.released = [], 0

    def __call__(self, address, *options):
        if Path(str(address)).is_file():
            return self.original(address, *options)
        self.opened.append(address)
        self.left = self.script.pop(0) if self.script else None
        return self

    def isOpened(self):
        return self.left is not None

    def grab(self):
        if not self.left:
            return False
        self.left -= 1
        return True

    def retrieve(self):
        return True, np.full((48, 64, 3), 100, np.uint8)

    def get(self, what):
        return {cv2.CAP_PROP_FPS: self.fps, cv2.CAP_PROP_FRAME_COUNT: self.length}.get(what, 0.0)

    def release(self):
        self.released += 1
