"""Decodes the frames of images, videos, cameras and streams."""

import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.utils.downloads import download
from mmpose_lrfg.utils.errors import UserError

from .sources import Source, public

MAX_IMAGE_BYTES = 200_000_000  # largest download of an image
TIMEOUT = 10_000  # milliseconds that a server may take to answer, or to send the next frame
ATTEMPTS = 5  # to open a stream again, in a row, before an error
PAUSE = 2.0  # seconds before each attempt
IMAGE_RATE = 30.0  # frames per second, with which the images of a folder are tracked
LONGEST_STEP = 60.0  # seconds between two frames; timestamps that jump farther are damaged


@dataclass(frozen=True)
class Frame:
    """An image, or a frame of a video or stream.

    Args:
        source (Source): Where it comes from.
        index (int): Number of the frame from 0.
        image (ndarray | None): (H, W, 3) uint8 BGR; None if it cannot be decoded.
        fps (float): Frames per second; 0 for an image.
        seconds (float): Time since the first frame, by the timestamps of a file.
        live (bool): Whether it comes from a camera, which does not wait.
    """

    source: Source
    index: int
    image: np.ndarray | None
    fps: float = 0.0
    seconds: float = 0.0
    live: bool = False


def seconds_of(frame: Frame, number: int) -> float:
    """Return the time of a frame, which is the ``number``-th of its scene from 0."""
    return frame.seconds if frame.source.video else number / IMAGE_RATE


def count_frames(sources: Sequence[Source], stride: int = 1) -> int | None:
    """Count the frames of all sources by the metadata of the videos; None with a stream."""
    total = 0
    for source in sources:
        length = 1
        if source.video and source.stream is not None:
            return None
        if source.video:
            with _opened(str(source.path)) as capture:
                length = max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 1)
        total += -(-length // stride)
    return total


def read_frames(sources: Sequence[Source], stride: int = 1) -> Iterator[Frame]:
    """Decode one frame after the other.

    Args:
        sources (Sequence[Source]): Images, videos and streams.
        stride (int): Decode every ``stride``-th frame of videos and streams.

    Yields:
        Frame: In order. A file that cannot be decoded is one frame without an image.

    Raises:
        UserError: If a stream fails or an image cannot be downloaded.
    """
    for source in sources:
        if source.video:
            yield from (_read_video if source.stream is None else _read_stream)(source, stride)
        elif source.stream is None:
            yield Frame(source, 0, read_image(source.path))
        else:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, 'image')
                download(source.stream, path, MAX_IMAGE_BYTES)
                image = read_image(path)
            yield Frame(source, 0, image)


def _read_video(source: Source, stride: int) -> Iterator[Frame]:
    with _opened(str(source.path)) as capture:
        fps = _frame_rate(capture)
        index = -1
        for index, (image, seconds) in enumerate(_decode(capture, fps, stride)):
            if image is not None:
                yield Frame(source, index, image, fps / stride, seconds)
        if index < 0:
            yield Frame(source, 0, None, fps)


def _read_stream(source: Source, stride: int) -> Iterator[Frame]:
    """Decode a camera or an address, and open it again when it breaks off."""
    name, options = public(source.stream), ()
    hint = 'is it plugged in, free, and is that its number (0 is the first)?'
    if not isinstance(source.stream, int):
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, TIMEOUT, cv2.CAP_PROP_READ_TIMEOUT_MSEC, TIMEOUT]
        options = cv2.CAP_FFMPEG, limits
        hint = 'is the address right, the server up, and its format one that OpenCV reads?'
    index, start, failures = 0, 0.0, 0
    while True:
        with _opened(source.stream, *options) as capture:
            opened, fps = capture.isOpened(), _frame_rate(capture)
            length = capture.get(cv2.CAP_PROP_FRAME_COUNT)
            live = not 0 < length < 1e9  # a file behind an address has an end
            first = index
            for image, seconds in _decode(capture, fps, stride, first):
                # After one frame a stream is not back: an address of an image has one each time.
                failures = 0 if index > first else failures
                start = start or time.monotonic()
                if image is not None:
                    seconds = time.monotonic() - start if live else seconds
                    yield Frame(source, index, image, fps / stride, seconds, live)
                index += 1
        if not index:
            problem = 'opens but has no frame' if opened else 'cannot be opened'
            raise UserError(f'{name} {problem}: {hint}')
        if not live and index >= 0.9 * length:  # lengths are estimates
            return
        failures += 1
        if not live or failures > ATTEMPTS:
            problem = f'of {length:.0f} frames'
            if live:
                problem = f'frames and did not come back in {ATTEMPTS} attempts'
            raise UserError(f'{name} broke off after {index} {problem}; their results are written')
        print(f'{name} broke off; attempt {failures} to reconnect', file=sys.stderr)
        time.sleep(PAUSE)


@contextlib.contextmanager
def _opened(source: int | str, *options) -> Iterator[cv2.VideoCapture]:
    """Open a camera, an address or a file, without OpenCV's own messages; release it at the end."""
    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        capture = cv2.VideoCapture(source, *options)
    except cv2.error:
        capture = cv2.VideoCapture()
    finally:
        cv2.utils.logging.setLogLevel(before)
    try:
        yield capture
    finally:
        capture.release()


def _decode(
    capture: cv2.VideoCapture, fps: float, stride: int, index: int = 0
) -> Iterator[tuple[np.ndarray | None, float]]:
    """Yield an image for every ``stride``-th frame from ``index``, None for the others; the time.

    Frames without a later timestamp than the one before come 1 / ``fps`` after it.
    """
    seconds = last = 0.0
    first = True
    while capture.grab():
        good, image = capture.retrieve() if index % stride == 0 else (True, None)
        if not good:
            return
        now = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if not first:
            seconds += now - last if 0 < now - last < LONGEST_STEP else 1 / fps
        first, last = False, now
        yield image, seconds
        index += 1


def _frame_rate(capture: cv2.VideoCapture) -> float:
    """Return the frames per second; 25 if they are unknown or implausible."""
    fps = capture.get(cv2.CAP_PROP_FPS)
    return fps if 0 < fps < 1000 else 25.0
