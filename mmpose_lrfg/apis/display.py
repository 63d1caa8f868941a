"""A window that shows what is drawn while it is made."""

import os
import sys

import cv2
import numpy as np

from mmpose_lrfg.utils.errors import UserError

TITLE = 'poses (q ends)'
QUIT = (27, ord('q'))


class Display:
    """Shows the newest picture. Offer pictures from any thread, refresh from the main one.

    Raises:
        UserError: If this OpenCV has no windows, or there is no screen.
    """

    def __init__(self):
        # Some windows end the whole process where there is no screen.
        if sys.platform == 'linux' and not (
            os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY')
        ):
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
        """Have ``image``, (H, W, 3) uint8 BGR, shown next, unless a newer one comes."""
        self.newest = image

    def refresh(self) -> bool:
        """Show what came last; False once the user has pressed q or Esc."""
        image, self.newest = self.newest, None
        if image is not None:
            cv2.imshow(TITLE, image)
        return cv2.waitKey(1) & 0xFF not in QUIT

    def close(self) -> None:
        """Take the window away."""
        cv2.destroyWindow(TITLE)
