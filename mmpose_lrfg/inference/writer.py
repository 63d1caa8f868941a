"""Writes results: one JSON, drawn pictures, drawn videos."""

import contextlib
import errno
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.errors import UserError
from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime.files import replacing, write_json

from .sources import Frame, Source


def image_ids(sources: Sequence[Source]) -> dict[Source, int] | None:
    """Ids for the JSON: the numbers that COCO's files are named by.

    Returns:
        dict | None: None where not every source is an image whose name is a number of its own;
        then frames are to be numbered from 1.
    """
    stems = [Path(source.name).stem for source in sources]
    if any(source.video for source in sources):
        return None
    if not all(stem.isascii() and stem.isdigit() for stem in stems):
        return None
    ids = {source: int(stem) for source, stem in zip(sources, stems)}
    return ids if len(set(ids.values())) == len(sources) else None


class ResultWriter:
    """Takes the poses of frame after frame; a context, whose end completes the files.

    Pictures appear one by one, each whole. JSON and the video under way are completed at the end,
    also when that comes early, by an error or Ctrl-C: then they hold what was done until then.

    Args:
        out_dir (Path): For the drawn images and videos, under the names of the sources.
        json_path (Path): For the detections, as COCO's result files list them, with
            ``file_name`` and, for videos, ``frame`` added.
        sources (Sequence[Source]): All that will come.
        keypoint_thr (float): Keypoints that score less are not drawn; the JSON has all.

    Raises:
        UserError: If a source would be overwritten, or a file cannot be written.
    """

    def __init__(
        self, out_dir: Path, json_path: Path, sources: Sequence[Source], keypoint_thr: float = 0.3
    ):
        self.out_dir, self.json_path = Path(out_dir), Path(json_path)
        self.keypoint_thr = keypoint_thr
        self.ids = image_ids(sources)
        self.records: list[dict] = []
        self.frames = 0
        self.video: VideoFile | None = None
        read = {source.path.resolve() for source in sources}
        for source in sources:
            target = self.target(source)
            if target.resolve() in read:
                raise UserError(
                    f'{target} would be overwritten by its own result; take another --out-dir'
                )
        for folder in (self.out_dir, self.json_path.parent):
            with told(folder):
                folder.mkdir(parents=True, exist_ok=True)
        if self.json_path.is_dir():
            raise UserError(f'{self.json_path} is a folder, not a file for JSON')

    def target(self, source: Source) -> Path:
        """Where the drawn source goes: under its own name, if that is of a kind we can write."""
        suffix = Path(source.name).suffix.lower()
        if source.video:
            return self.out_dir / (source.name + ('' if suffix == '.mp4' else '.mp4'))
        writable = suffix and cv2.haveImageWriter(f'a{suffix}')
        return self.out_dir / (source.name + ('' if writable else '.png'))

    def __enter__(self) -> 'ResultWriter':
        return self

    def __exit__(self, *error) -> None:
        try:
            self.finish_video()
        finally:
            with told(self.json_path):
                write_json(self.json_path, self.records)

    def add(self, frame: Frame, poses: Poses) -> None:
        """Record and draw the poses of the next frame, in the order of the sources."""
        self.frames += 1
        source = frame.source
        image_id = self.frames if self.ids is None else self.ids[source]
        records = poses.to_coco(image_id, source.name)
        if source.video:
            records = [dict(record, frame=frame.index) for record in records]
        self.records += records
        drawn = poses.draw(frame.image, keypoint_thr=self.keypoint_thr)
        target = self.target(source)
        if not source.video:
            self.finish_video()
            write_picture(target, drawn)
            return
        if self.video is None or self.video.target != target:
            self.finish_video()
            self.video = VideoFile(target, frame.fps, drawn.shape[:2])
        self.video.add(drawn)

    def finish_video(self) -> None:
        """Complete the video that is being written."""
        if self.video is not None:
            video, self.video = self.video, None
            video.close()


class VideoFile:
    """A video under way in a file beside ``target``, moved there when complete.

    Args:
        target (Path): An .mp4 file.
        fps (float): Frames a second.
        size (tuple[int, int]): Height and width in pixels.

    Raises:
        UserError: If it cannot be written.
    """

    def __init__(self, target: Path, fps: float, size: tuple[int, int]):
        self.target, self.size = target, size
        self.ends = contextlib.ExitStack()
        with told(target):
            self.path = self.ends.enter_context(replacing(target))
        code = cv2.VideoWriter.fourcc(*'mp4v')
        self.writer = cv2.VideoWriter(str(self.path), code, fps, size[::-1])
        if not self.writer.isOpened():
            error = UserError(f'{target} cannot be written: OpenCV opens no video of {size}')
            self.ends.__exit__(UserError, error, None)
            raise error

    def add(self, image: np.ndarray) -> None:
        """Append a frame, (H, W, 3) uint8 BGR."""
        if image.shape[:2] != self.size:  # some cameras turn in the middle
            image = cv2.resize(image, self.size[::-1], interpolation=cv2.INTER_AREA)
        self.writer.write(image)

    def close(self) -> None:
        """Complete the file."""
        self.writer.release()
        with told(self.target):
            self.ends.close()


def write_picture(path: Path, image: np.ndarray) -> None:
    """Write an image in the format of the suffix, whole or not at all.

    Raises:
        UserError: If that fails, unless for a full disk.
    """
    try:
        good, content = cv2.imencode(path.suffix, image)
    except cv2.error:
        good = False
    if not good:
        raise UserError(f'{path}: an image of {image.shape[:2]} cannot be written as {path.suffix}')
    with told(path), replacing(path) as temporary:
        content.tofile(temporary)


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what the system says about ``path`` into a sentence; a full disk has one already."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise UserError(f'{path} cannot be written: {error.strerror or error}') from error
