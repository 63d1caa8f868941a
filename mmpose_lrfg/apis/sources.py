"""Sources of a prediction: images, videos, folders, globs, cameras and addresses."""

import glob
import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from mmpose_lrfg.runtime.images import decode
from mmpose_lrfg.utils import downloads
from mmpose_lrfg.utils.errors import UserError, nearest

IMAGES = {
    '.jpg', '.jpeg', '.jpe', '.png', '.bmp', '.dib', '.webp', '.tif', '.tiff', '.jp2', '.ppm',
    '.pgm', '.pbm', '.pnm', '.avif',
}  # fmt: skip
VIDEOS = {
    '.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v', '.mpg', '.mpeg', '.wmv', '.flv', '.3gp',
    '.gif',
}  # fmt: skip
COMMON_SCHEMES = ('rtsp', 'rtmp', 'http', 'https', 'udp')
SCHEMES = (*COMMON_SCHEMES, 'rtsps', 'rtmps', 'rtp', 'srt', 'tcp')


@dataclass(frozen=True)
class Source:
    """An image, a video or a stream.

    Args:
        path (Path): The file; of a stream, its name.
        name (str): Unique name of the results, relative to the given folder, with slashes.
        video (bool): Whether it is a video or a stream.
        stream (int | str, optional): Number of a camera, or address of a stream or an image.
    """

    path: Path
    name: str
    video: bool
    stream: int | str | None = None

    @property
    def scene(self) -> Path:
        """What is tracked as a whole: the video, or the folder of the image."""
        return self.path if self.video else self.path.parent

    @property
    def problem(self) -> str:
        """Error message for a source that cannot be decoded."""
        if self.video:
            return f'{self.path} has no frame: it is damaged, or this OpenCV lacks its codec'
        if self.stream is not None:
            return f'{public(self.stream)} cannot be decoded'
        return f'{self.path} cannot be decoded: {decode(self.path).reason}'


def find_sources(
    names: Sequence[str], results: Path | None = None, suffixes: Collection[str] = IMAGES | VIDEOS
) -> list[Source]:
    """Find images, videos and streams, each once, in the order of the names.

    Args:
        names (Sequence[str]): Files, folders (searched with their subfolders), globs, cameras
            ('0', 'webcam:0') and addresses. A file may have any suffix.
        results (Path, optional): Folder of results, which is left out of folders and globs.
        suffixes (Collection[str]): Of the files that are taken from folders and globs.

    Raises:
        UserError: If a name has no source, with the nearest name that exists.
    """
    found: dict[Path | int | str, Source] = {}
    for name in names:
        if not name:
            raise UserError("a source must be an image, a video, a folder or a stream, got ''")
        stream = None if Path(name).exists() else parse_stream(name)
        if stream is None:
            for path, relative in _expand(name, results, suffixes):
                video = path.suffix.lower() in VIDEOS
                found.setdefault(path.resolve(), Source(path, relative, video))
        else:
            file = Path(file_name(stream))
            # FFmpeg would read an image as a stream that breaks off after each frame.
            web = downloads.is_web_address(str(stream))
            video = not (web and file.suffix.lower() in IMAGES)
            found.setdefault(stream, Source(file, file.name, video, stream))
    return _with_unique_names(list(found.values()))


def parse_stream(name: str) -> int | str | None:
    """Return the number of '0' or 'webcam:0', the address of 'rtsp://...', else None."""
    if camera := re.fullmatch(r'webcam:?(\d{0,3})|(\d{1,3})', name):
        return int(camera[1] or camera[2] or 0)
    if name.startswith('webcam:'):
        raise UserError(f'{name} is no camera: give its number, as in webcam:0')
    scheme, separator, rest = name.partition('://')
    if not separator:
        return None
    if scheme.lower() not in SCHEMES:
        hint = nearest(scheme, COMMON_SCHEMES)
        raise UserError(f'{public(name)}: streams of {scheme}:// are not supported.{hint}')
    if not rest.strip('/'):
        raise UserError(f'{name} is an address without a host')
    return name


def public(address: int | str) -> str:
    """Return the name of a camera or address in messages, without the password."""
    return f'camera {address}' if isinstance(address, int) else downloads.public(address)


def file_name(address: int | str) -> str:
    """Return a name for results: 'webcam-0', 'host-path'."""
    if isinstance(address, int):
        return f'webcam-{address}'
    parts = urlsplit(public(address))
    text = f'{parts.netloc}{PurePosixPath(parts.path)}'
    return re.sub(r'[^\w.-]+', '-', text).strip('-.') or 'stream'


def _expand(name: str, results: Path | None, suffixes: Collection[str]) -> list[tuple[Path, str]]:
    """Return the files of a file, folder or glob, and the names of their results."""
    path = Path(name)
    if path.is_file():
        return [(path, path.name)]
    if path.is_dir():
        if not (files := _select(path, path.rglob('*'), results, suffixes)):
            raise UserError(f'there is no image and no video in the folder {name}')
        return [(file, file.relative_to(path).as_posix()) for file in files]
    if glob.has_magic(name):
        # Path.glob takes no absolute pattern.
        matches = map(Path, glob.glob(name, recursive=True))  # noqa: PTH207
        if not (files := _select(path, matches, results, suffixes)):
            raise UserError(f'no image or video matches {name}')
        return [(file, file.name) for file in files]
    if not path.parent.is_dir():
        raise UserError(f'{name} does not exist, nor does the folder {path.parent}')
    beside = [file.name for file in path.parent.iterdir()]
    raise UserError(f'{name} does not exist.{nearest(path.name, beside)}')


def natural(path: str) -> list[int | str]:
    """Return a sort key that puts 'frame 2' before 'frame 10'."""
    pieces = re.split(r'(\d+)', path)  # text and digits in turn
    return [int(piece) if n % 2 else piece.lower() for n, piece in enumerate(pieces)]


def _select(
    given: Path, files: Iterable[Path], results: Path | None, suffixes: Collection[str]
) -> list[Path]:
    """Return files with one of the suffixes in natural order, unless they are results."""
    found = [f for f in files if f.suffix.lower() in suffixes and f.is_file()]
    if results is not None and not given.resolve().is_relative_to(results.resolve()):
        found = [f for f in found if not f.resolve().is_relative_to(results.resolve())]
    return sorted(found, key=lambda path: natural(path.as_posix()))


def _with_unique_names(sources: Sequence[Source]) -> list[Source]:
    """Name files of one name from their common folder on, and add numbers to other names."""
    # Not resolved: the names of links are those that the user knows.
    paths = [os.path.abspath(source.path) for source in sources]  # noqa: PTH100
    groups = defaultdict(list)
    for source, path in zip(sources, paths):
        groups[source.name, source.stream].append(path)
    names = []
    for source, path in zip(sources, paths):
        group = groups[source.name, source.stream]
        folder = os.path.commonpath(group)
        alone = len(group) == 1
        names.append(source.name if alone else Path(path).relative_to(folder).as_posix())
    return [
        replace(source, name=name, path=source.path if source.stream is None else Path(name))
        for source, name in zip(sources, free_names(names))
    ]


def free_names(names: Sequence[str]) -> list[str]:
    """Make names unique: '_2', '_3' before the suffix of those that are taken."""
    given, taken, unique = set(names), set(), []
    for name in names:
        path, free, number = Path(name), name, 2
        while free in taken or (free != name and free in given):
            free = path.with_name(f'{path.stem}_{number}{path.suffix}').as_posix()
            number += 1
        taken.add(free)
        unique.append(free)
    return unique
