"""Cameras and addresses: frames that come when they come, and may stay away."""

import contextlib
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import cv2

from mmpose_lrfg.utils import downloads
from mmpose_lrfg.utils.errors import UserError, nearest

COMMON = ('rtsp', 'rtmp', 'http', 'https', 'udp')
SCHEMES = (*COMMON, 'rtsps', 'rtmps', 'rtp', 'srt', 'tcp')
CAMERA = re.compile(r'(?:webcam:?)?(\d{1,3})')
TIMEOUT = 10_000
"""Milliseconds that a server may take to answer, or to send the next frame."""


def parse_stream(name: str) -> int | str | None:
    """The number of a camera for '0' and 'webcam:0', an address for 'rtsp://...', else None.

    Raises:
        UserError: If it looks like one of both, but is not.
    """
    if match := CAMERA.fullmatch(name):
        return int(match[1])
    if name.startswith('webcam'):
        number = name.removeprefix('webcam').removeprefix(':')
        if not number:
            return 0
        if name.startswith('webcam:'):
            raise UserError(f'{name} is no camera: give its number, as in webcam:0')
    scheme, separator, rest = name.partition('://')
    if not separator:
        return None
    if scheme.lower() not in SCHEMES:
        raise UserError(
            f'{public(name)}: streams of {scheme}:// cannot be read.{nearest(scheme, COMMON)}'
        )
    if not rest.strip('/'):
        raise UserError(f'{name} is an address without a host')
    return name


def public(address: int | str) -> str:
    """How messages call a camera or an address: without the password."""
    if isinstance(address, int):
        return f'camera {address}'
    return downloads.public(address)


def file_name(address: int | str) -> str:
    """A name for results: 'webcam-0', 'host-path'."""
    if isinstance(address, int):
        return f'webcam-{address}'
    parts = urlsplit(public(address))
    text = f'{parts.netloc}{PurePosixPath(parts.path)}'
    return re.sub(r'[^\w.-]+', '-', text).strip('-.') or 'stream'


@dataclass
class Reconnection:
    """How hard to try when a stream stays away.

    Args:
        attempts (int): In a row, before it is given up.
        pause (float): Seconds before each.
        capture (Callable): What opens a camera or an address: ``cv2.VideoCapture``.
    """

    attempts: int = 5
    pause: float = 2.0
    capture: Callable = cv2.VideoCapture


def read_stream(
    address: int | str, stride: int = 1, how: Reconnection | None = None
) -> Iterator[tuple[int, object, float, float, bool]]:
    """Frames of a camera or an address.

    Args:
        address (int | str): As :func:`parse_stream` returns it.
        stride (int): Of so many frames in a row, the first alone is decoded.
        how (Reconnection, optional): For tests, or the patient.

    Yields:
        tuple: Number of the frame, image (H, W, 3), seconds since the first one, frames a second,
        and whether it is live: a file behind an address has an end, and waits.

    Raises:
        UserError: If it cannot be opened, never shows a frame, or breaks and does not come back.
    """
    how = how or Reconnection()
    index, start, tries = 0, None, 0
    while True:
        capture = connect(address, how)
        try:
            if capture is None and start is None:
                raise UserError(f'{public(address)} cannot be opened: {hint(address)}')
            length = capture.get(cv2.CAP_PROP_FRAME_COUNT) if capture else 0
            fps = plausible_fps(capture.get(cv2.CAP_PROP_FPS) if capture else 0)
            live = not 0 < length < 1e9
            first = index
            while capture and capture.grab():
                # One frame alone is no stream that came back: an image, fetched again each time.
                tries = 0 if index > first else tries
                if index % stride == 0:
                    good, image = capture.retrieve()
                    if not good:
                        break
                    now = time.monotonic()
                    start = now if start is None else start
                    yield index, image, now - start if live else index / fps, fps, live
                index += 1
            if capture and not live and index:
                if index < 0.9 * length:  # lengths are estimates
                    raise UserError(
                        f'{public(address)} broke off after {index} of {length:.0f} frames; what '
                        'was read until then is written'
                    )
                return
        finally:
            if capture:
                capture.release()
        if start is None:
            raise UserError(f'{public(address)} opens but shows no frame: {hint(address)}')
        tries += 1
        if tries > how.attempts:
            raise UserError(
                f'{public(address)} broke off after {index} frames and did not come back in '
                f'{how.attempts} attempts; what was read until then is written'
            )
        print(f'{public(address)} broke off; attempt {tries} to reconnect', file=sys.stderr)
        time.sleep(how.pause)


def connect(address: int | str, how: Reconnection):
    """An open capture, or None; OpenCV's own lines on a failure are kept back."""
    with quiet_opencv(), contextlib.suppress(cv2.error):
        if isinstance(address, int):
            capture = how.capture(address)
        else:
            limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, TIMEOUT]
            limits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, TIMEOUT]
            capture = how.capture(address, cv2.CAP_FFMPEG, limits)
        if capture.isOpened():
            return capture
        capture.release()
    return None


@contextlib.contextmanager
def quiet_opencv() -> Iterator[None]:
    """Silence OpenCV's log; what FFmpeg says of a server, it still says."""
    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(before)


def plausible_fps(fps: float) -> float:
    """Frames a second, 25 where a container does not say or exaggerates."""
    return fps if 0 < fps < 1000 else 25.0


def hint(address: int | str) -> str:
    """What to look at."""
    if isinstance(address, int):
        return 'is it plugged in, free, and is that its number (0 is the first)?'
    return 'is the address right, the server up, and its format one that OpenCV reads?'
