"""From what a user names (images, folders, globs, videos, streams) to decoded frames."""

import glob
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.runtime.images import decode, read_image
from mmpose_lrfg.utils.downloads import download, is_web_address
from mmpose_lrfg.utils.errors import UserError, nearest

from .streams import Reconnection, file_name, parse_stream, plausible_fps, public, read_stream

IMAGES = {
    '.jpg', '.jpeg', '.jpe', '.png', '.bmp', '.dib', '.webp', '.tif', '.tiff', '.jp2', '.ppm',
    '.pgm', '.pbm', '.pnm', '.avif',
}  # fmt: skip
VIDEOS = {
    '.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v', '.mpg', '.mpeg', '.wmv', '.flv', '.3gp',
    '.gif',
}  # fmt: skip

LARGEST_IMAGE = 200_000_000
"""Bytes of an image that is downloaded."""


@dataclass(frozen=True)
class Source:
    """An image, a video or a stream.

    Args:
        path (Path): Where it is; of a stream, only a name for it.
        name (str): Under which name its results go: relative to the folder that was named, with
            slashes; no two sources of a run share one. Where two would, the names of their folders
            come before it.
        video (bool): Whether it is a video or a stream.
        stream (int | str, optional): Number of a camera, or address of a stream or an image.
    """

    path: Path
    name: str
    video: bool
    stream: int | str | None = None

    @property
    def problem(self) -> str:
        """What to say if nothing of it decodes."""
        if self.video:
            return (
                f'{self.path} shows no frame: it is damaged, or of a kind (a codec) that this '
                'OpenCV cannot read'
            )
        if self.stream is not None:
            return f'{public(self.stream)} does not decode'
        return f'{self.path} does not decode: {decode(self.path)[1]}'


@dataclass(frozen=True)
class Frame:
    """A decoded image, or a frame of a video.

    Args:
        source (Source): What it belongs to.
        index (int): Its number in the video from 0; 0 for an image.
        image (ndarray | None): (H, W, 3) uint8 BGR; None where it does not decode.
        fps (float): Frames a second of the video; 0 for an image.
        seconds (float): When it was taken, since the first frame; 0 for an image.
        live (bool): From a camera, which does not wait.
    """

    source: Source
    index: int
    image: np.ndarray | None
    fps: float = 0.0
    seconds: float = 0.0
    live: bool = False


def find_sources(names: Sequence[str], results: Path | None = None) -> list[Source]:
    """Images and videos that ``names`` mean, each once, in the order of the names.

    Args:
        names (Sequence[str]): Files, folders (searched with their subfolders), globs, cameras
            ('0', 'webcam:0') and addresses. A file that is named itself is tried as an image
            whatever its suffix.
        results (Path, optional): A folder whose files folders and globs do not mean: the results
            of an earlier run are not to be predicted again.

    Raises:
        UserError: If a name means nothing, naming the nearest that does.
    """
    files: dict[Path, tuple[Path, str]] = {}
    streams: dict[Path, int | str] = {}
    for name in names:
        if not name:
            raise UserError("a source must be an image, a video, a folder or a stream, got ''")
        stream = None if Path(name).exists() else parse_stream(name)
        if stream is not None:
            key = Path('stream:', str(stream))
            streams[key] = stream
            files.setdefault(key, (key, file_name(stream)))
            continue
        for path, relative in _expand(name, results):
            files.setdefault(path.resolve(), (path, relative))
    found = []
    with_folders = _with_folders({key: file for key, file in files.items() if key not in streams})
    named = free_names({key: with_folders.get(key, name) for key, (_, name) in files.items()})
    for key, (path, _) in files.items():
        name, stream = named[key], streams.get(key)
        if stream is None:
            found.append(Source(path, name, path.suffix.lower() in VIDEOS))
        else:
            # FFmpeg takes most images for streams that break off after a frame, without end.
            image = is_web_address(str(stream)) and Path(name).suffix.lower() in IMAGES
            found.append(Source(Path(name), name, not image, stream))
    return found


def _with_folders(files: dict[Path, tuple[Path, str]]) -> dict[Path, str]:
    """Names of files; those that share one get the folders before it that distinguish them."""
    groups = defaultdict(list)
    for key, (path, name) in files.items():
        groups[name].append((key, Path(os.path.abspath(path)).parts[1:]))  # noqa: PTH100
    names = {}
    for name, members in groups.items():
        count, most = len(Path(name).parts), max(len(parts) for _, parts in members)
        while count < most and len({parts[-count:] for _, parts in members}) < len(members):
            count += 1
        for key, parts in members:
            names[key] = name if len(members) == 1 else Path(*parts[-count:]).as_posix()
    return names


def _expand(name: str, results: Path | None) -> list[tuple[Path, str]]:
    """Files that one name means, with the names of their results."""

    def known(files: Iterable[Path]) -> list[Path]:
        chosen = (f for f in files if f.suffix.lower() in IMAGES | VIDEOS and f.is_file())
        if results is not None:
            chosen = (f for f in chosen if not f.resolve().is_relative_to(results.resolve()))
        return sorted(chosen, key=_natural)

    path = Path(name)
    if results is not None and path.resolve().is_relative_to(results.resolve()):
        results = None  # they are meant
    if path.is_file():
        return [(path, path.name)]
    if path.is_dir():
        files = known(path.rglob('*'))
        if not files:
            raise UserError(f'there is no image and no video in the folder {name}')
        return [(file, file.relative_to(path).as_posix()) for file in files]
    if glob.has_magic(name):
        # Path.glob takes no absolute pattern.
        files = known(Path(file) for file in glob.glob(name, recursive=True))  # noqa: PTH207
        if not files:
            raise UserError(f'no image or video matches {name}')
        return [(file, file.name) for file in files]
    parent = path.parent
    if not parent.is_dir():
        raise UserError(f'{name} does not exist, nor does the folder {parent}')
    raise UserError(
        f'{name} does not exist.{nearest(path.name, (p.name for p in parent.iterdir()))}'
    )


def _natural(path: Path) -> list:
    """Sort key that puts 'frame 2' before 'frame 10'."""
    pieces = re.split(r'(\d+)', path.as_posix())
    # Alternately text and digits, so that only like is compared with like.
    return [int(piece) if n % 2 else piece.lower() for n, piece in enumerate(pieces)]


def free_names(wanted: dict[Hashable, str]) -> dict[Hashable, str]:
    """The wanted names; '_2', '_3' stands before the suffix where another has the name already."""
    taken, first, names = set(), set(wanted.values()), {}
    for key, name in wanted.items():
        path, number = Path(name), 2
        while name in taken or (number > 2 and name in first):
            name = path.with_name(f'{path.stem}_{number}{path.suffix}').as_posix()
            number += 1
        taken.add(name)
        names[key] = name
    return names


def count_frames(sources: Sequence[Source], stride: int = 1) -> int | None:
    """Frames in all; what a video says of its length is believed, and may be wrong.

    Returns:
        int | None: None where a stream has no end.
    """
    if any(source.stream is not None and source.video for source in sources):
        return None
    total = 0
    for source in sources:
        if source.video:
            capture = cv2.VideoCapture(str(source.path))
            total += -(-max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 1) // stride)
            capture.release()
        else:
            total += 1
    return total


def read_frames(
    sources: Sequence[Source], stride: int = 1, how: Reconnection | None = None
) -> Iterator[Frame]:
    """Decode one frame after the other.

    Args:
        sources (Sequence[Source]): What to read.
        stride (int): Of so many frames in a row of a video or stream, the first alone is decoded.
        how (Reconnection, optional): Of streams that break off.

    Yields:
        Frame: In order. What does not decode, be it an image or a whole video, comes as one
        frame without an image.

    Raises:
        UserError: If a stream cannot be opened or stays away, or an image cannot be downloaded.
    """
    for source in sources:
        if source.stream is not None and not source.video:
            yield Frame(source, 0, _download_image(source.stream))
        elif source.stream is not None:
            for index, image, seconds, fps, live in read_stream(source.stream, stride, how):
                yield Frame(source, index, image, fps / stride, seconds, live)
        elif source.video:
            yield from _read_video(source, stride)
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
        fps = plausible_fps(capture.get(cv2.CAP_PROP_FPS))
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
