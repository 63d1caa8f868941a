"""Drawn videos: written to files, or shown in a window."""

import contextlib
import os
import sys
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.runtime.files import disk_full, full_disk_error, replacing
from mmpose_lrfg.utils.errors import UserError

LONGEST_GAP = 1000  # most repetitions of a frame
TITLE = 'poses (q quits)'
QUIT = (27, ord('q'))


class VideoFile:
    """A video in a temporary file that replaces ``target`` when it is complete.

    Args:
        target (Path): An .mp4 file.
        fps (float): Frames per second.
        size (tuple[int, int]): Height and width in pixels.

    Raises:
        UserError: If this OpenCV has no encoder for it.
    """

    def __init__(self, target: Path, fps: float, size: tuple[int, int]):
        # MPEG-4 has no finer fractions of higher rates.
        self.fps = fps if fps < 60 else float(round(fps))
        self.target, self.size = target, size
        self.frames = 0
        with contextlib.ExitStack() as ends:
            self.path = ends.enter_context(replacing(target))
            code = cv2.VideoWriter.fourcc(*'mp4v')
            self.writer = cv2.VideoWriter(str(self.path), code, self.fps, size[::-1])
            if not self.writer.isOpened():
                raise UserError(
                    f'{target} cannot be written: this OpenCV has no MPEG-4 encoder for '
                    f'{size[1]} x {size[0]} pixels (is a codec missing?)'
                )
            self.ends = ends.pop_all()

    def add(self, image: np.ndarray, seconds: float | None = None) -> None:
        """Append a frame, (H, W, 3) uint8 BGR.

        Args:
            seconds (float, optional): Its time. It is repeated for frames that a camera missed or
                that a file with a variable rate leaves out, so that the video runs in real time.
        """
        if disk_full(self.target.parent):
            raise full_disk_error(self.target)
        if image.shape[:2] != self.size:  # some cameras rotate
            image = cv2.resize(image, self.size[::-1], interpolation=cv2.INTER_AREA)
        missed = 0 if seconds is None else round(seconds * self.fps) - self.frames
        for _ in range(1 + min(max(missed, 0), LONGEST_GAP)):
            self.writer.write(image)
            self.frames += 1

    def close(self) -> None:
        """Complete the file; if not all frames can be read again, the older file stays."""
        with self.ends:
            self.writer.release()
            capture, found = cv2.VideoCapture(str(self.path)), 0
            while capture.grab():
                found += 1
            if found < self.frames:  # OpenCV's writer reports no error
                if disk_full(self.target.parent):
                    raise full_disk_error(self.target)
                raise UserError(
                    f'{self.target} cannot be written: {found} of {self.frames} frames are readable'
                )


class Display:
    """A window with the newest image.

    Raises:
        UserError: If OpenCV was built without windows, or there is no screen.
    """

    def __init__(self):
        # Without a screen, some window systems end the process.
        screen = os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY')
        if sys.platform == 'linux' and not screen:
            raise UserError('--show needs a screen, and there is none (DISPLAY is not set)')
        try:
            cv2.namedWindow(TITLE, cv2.WINDOW_NORMAL)
        except cv2.error as error:
            raise UserError(
                '--show needs an OpenCV with windows: pip uninstall opencv-python-headless, then '
                'pip install opencv-python'
            ) from error
        self.newest: np.ndarray | None = None

    def offer(self, image: np.ndarray) -> None:
        """Show an image (H, W, 3) uint8 BGR at the next refresh. Any thread may call it."""
        self.newest = image

    def refresh(self) -> bool:
        """Show the newest image, in the main thread; return False after q or Esc."""
        image, self.newest = self.newest, None
        if image is not None:
            cv2.imshow(TITLE, image)
        return cv2.waitKey(1) & 0xFF not in QUIT

    def close(self) -> None:
        """Close the window."""
        cv2.destroyWindow(TITLE)
