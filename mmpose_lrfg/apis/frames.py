"""Decodes the frames of images, videos, cameras and streams."""

import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.downloads import download
from mmpose_lrfg.utils.errors import UserError

from .sources import Source, public

LARGEST_IMAGE = 200_000_000
"""Largest download of an image in bytes."""
TIMEOUT = 10_000
"""Milliseconds that a server may take to answer, or to send the next frame."""


@dataclass(frozen=True)
class Frame:
    """An image, or a frame of a video or stream.

    Args:
        source (Source): Where it comes from.
        index (int): Number of the frame from 0; 0 for an image.
        image (ndarray | None): (H, W, 3) uint8 BGR; None if it cannot be decoded.
        fps (float): Frames per second; 0 for an image.
        seconds (float): Time since the first frame; 0 for an image.
        live (bool): Whether it comes from a camera, which does not wait.
    """

    source: Source
    index: int
    image: np.ndarray | None
    fps: float = 0.0
    seconds: float = 0.0
    live: bool = False


@dataclass(frozen=True)
class Reconnection:
    """How often a stream that broke off is opened again.

    Args:
        attempts (int): Failed attempts in a row before an error.
        pause (float): Seconds before each.
        capture (Callable): Opens a camera or an address.
    """

    attempts: int = 5
    pause: float = 2.0
    capture: Callable = cv2.VideoCapture


def count_frames(sources: Sequence[Source], stride: int = 1) -> int | None:
    """Count the frames of all sources; None with an endless stream.

    Videos are not read: their metadata may be wrong.
    """
    if any(source.stream is not None and source.video for source in sources):
        return None
    total = 0
    for source in sources:
        length = 1
        if source.video:
            capture = cv2.VideoCapture(str(source.path))
            length = max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 1)
            capture.release()
        total += -(-length // stride)
    return total


def read_frames(
    sources: Sequence[Source], stride: int = 1, reconnection: Reconnection | None = None
) -> Iterator[Frame]:
    """Decode one frame after the other.

    Args:
        sources (Sequence[Source]): Images, videos and streams.
        stride (int): Decode every ``stride``-th frame of videos and streams.
        reconnection (Reconnection, optional): For streams that break off.

    Yields:
        Frame: In order. An image or a whole video that cannot be decoded is one frame without an
        image.

    Raises:
        UserError: If a stream cannot be opened or stays away, or an image cannot be downloaded.
    """
    for source in sources:
        if source.video and source.stream is not None:
            yield from read_stream(source, stride, reconnection or Reconnection())
        elif source.video:
            yield from _read_video(source, stride)
        elif source.stream is not None:
            yield Frame(source, 0, _download_image(source.stream))
        else:
            yield Frame(source, 0, read_image(source.path))


def _download_image(address: str) -> np.ndarray | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'image')
        download(address, path, LARGEST_IMAGE)
        return read_image(path)


def _read_video(source: Source, stride: int) -> Iterator[Frame]:
    capture = cv2.VideoCapture(str(source.path))
    try:
        fps = frame_rate(capture)
        index = 0
        while capture.grab():
            if index % stride == 0:
                good, image = capture.retrieve()
                if not good:
                    break
                yield Frame(source, index, image, fps / stride, index / fps)
            index += 1
        if index == 0:
            yield Frame(source, 0, None, fps)
    finally:
        capture.release()


def read_stream(source: Source, stride: int, reconnection: Reconnection) -> Iterator[Frame]:
    """Decode the frames of a camera or an address.

    Raises:
        UserError: If it cannot be opened, has no frame, or breaks off and does not come back.
    """
    name = public(source.stream)
    index, start, attempts = 0, None, 0
    while True:
        capture = connect(source.stream, reconnection)
        try:
            if capture is None and start is None:
                raise UserError(f'{name} cannot be opened: {hint(source.stream)}')
            length = capture.get(cv2.CAP_PROP_FRAME_COUNT) if capture else 0
            fps = frame_rate(capture) if capture else 0
            live = not 0 < length < 1e9  # a file behind an address has an end
            first = index
            while capture and capture.grab():
                # After one frame a stream is not back: an address of an image has one each time.
                attempts = 0 if index > first else attempts
                if index % stride == 0:
                    good, image = capture.retrieve()
                    if not good:
                        break
                    now = time.monotonic()
                    start = now if start is None else start
                    seconds = now - start if live else index / fps
                    yield Frame(source, index, image, fps / stride, seconds, live)
                index += 1
            if capture and not live and index:
                if index < 0.9 * length:  # lengths are estimates
                    raise UserError(
                        f'{name} broke off after {index} of {length:.0f} frames; their results '
                        'are written'
                    )
                return
        finally:
            if capture:
                capture.release()
        if start is None:
            raise UserError(f'{name} opens but has no frame: {hint(source.stream)}')
        attempts += 1
        if attempts > reconnection.attempts:
            raise UserError(
                f'{name} broke off after {index} frames and did not come back in '
                f'{reconnection.attempts} attempts; their results are written'
            )
        print(f'{name} broke off; attempt {attempts} to reconnect', file=sys.stderr)
        time.sleep(reconnection.pause)


def connect(address: int | str, reconnection: Reconnection):
    """Open a camera or an address without OpenCV's own messages; None if that fails."""
    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        with contextlib.suppress(cv2.error):
            if isinstance(address, int):
                capture = reconnection.capture(address)
            else:
                limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, TIMEOUT]
                limits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, TIMEOUT]
                capture = reconnection.capture(address, cv2.CAP_FFMPEG, limits)
            if capture.isOpened():
                return capture
            capture.release()
        return None
    finally:
        cv2.utils.logging.setLogLevel(before)


def frame_rate(capture) -> float:
    """Return the frames per second of a capture; 25 if they are unknown or implausible."""
    fps = capture.get(cv2.CAP_PROP_FPS)
    return fps if 0 < fps < 1000 else 25.0


def hint(address: int | str) -> str:
    """Return what the user can check."""
    if isinstance(address, int):
        return 'is it plugged in, free, and is that its number (0 is the first)?'
    return 'is the address right, the server up, and its format one that OpenCV reads?'
