"""Writes results: lists of poses, drawn pictures, drawn videos."""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime.files import disk_full, full_disk_error, replacing, write_bytes
from mmpose_lrfg.utils.errors import UserError

from .sources import Frame, Source, free_names
from .tables import CsvTable, JsonTable

LONGEST_GAP = 1000
"""Frames that one frame may stand for, where a camera was away."""


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

    Pictures appear one by one, each whole. The lists and the video under way are completed at the
    end, also when that comes early, by an error or Ctrl-C: then they hold what was done until then.
    Without a single frame, earlier lists stay.

    Args:
        out_dir (Path, optional): For the drawn images and videos, under the names of the sources.
        json_path (Path, optional): For the detections, as COCO's result files list them, with
            ``file_name`` and, for videos, ``frame`` added.
        sources (Sequence[Source]): All that will come.
        keypoint_thr (float): Keypoints that score less are not drawn; the lists have all.
        csv_path (Path, optional): For the same as a table.
        save_video (bool, optional): Write drawn videos; by default those of files, while streams,
            which may have no end, are not kept.
        show (Callable, optional): Is given every drawn picture.

    Raises:
        UserError: If a source would be overwritten.
        OSError: If a folder cannot be made.
    """

    def __init__(
        self,
        out_dir: Path | None,
        json_path: Path | None,
        sources: Sequence[Source],
        keypoint_thr: float = 0.3,
        csv_path: Path | None = None,
        save_video: bool | None = None,
        show: Callable[[np.ndarray], None] | None = None,
    ):
        self.out_dir = None if out_dir is None else Path(out_dir)
        self.tables = [JsonTable(json_path)] if json_path is not None else []
        self.tables += [CsvTable(csv_path)] if csv_path is not None else []
        self.keypoint_thr = keypoint_thr
        self.save_video, self.show = save_video, show
        self.ids = image_ids(sources)
        self.targets = {} if self.out_dir is None else self._targets(sources)
        self.frames = 0
        self.video: VideoFile | None = None
        self._check_targets(sources)
        folders = [table.path.parent for table in self.tables]
        for folder in folders if self.out_dir is None else [self.out_dir, *folders]:
            folder.mkdir(parents=True, exist_ok=True)
        for table in self.tables:
            if table.path.is_dir():
                raise UserError(f'{table.path} is a folder, not a file for {table.kind}')

    def _check_targets(self, sources: Sequence[Source]) -> None:
        read = {source.path.resolve() for source in sources if source.stream is None}
        targets = [(table.path, 'another file') for table in self.tables]
        targets += [(target, 'another --out-dir') for target in self.targets.values()]
        written = set()
        for target, advice in targets:
            place = target.resolve()
            if place in read:
                raise UserError(f'{target} would be overwritten by its own result; take {advice}')
            if place in written and not (place.exists() and not place.is_file()):
                raise UserError(f'{target} would hold two results; take {advice} for one of them')
            written.add(place)

    def _targets(self, sources: Sequence[Source]) -> dict[Source, Path]:
        """Where the drawn sources go: under their names, with a suffix that can be written."""
        wanted = {}
        for source in sources:
            suffix = Path(source.name).suffix.lower()
            if source.video:
                wanted[source] = source.name + ('' if suffix == '.mp4' else '.mp4')
            else:
                writable = suffix and cv2.haveImageWriter(f'a{suffix}')
                wanted[source] = source.name + ('' if writable else '.png')
        # Whose name stays comes first.
        order = sorted(sources, key=lambda source: wanted[source] != source.name)
        names = free_names({source: wanted[source] for source in order})
        return {source: self.out_dir / name for source, name in names.items()}

    def __enter__(self) -> 'ResultWriter':
        with contextlib.ExitStack() as opened:
            for table in self.tables:
                table.open()
                opened.callback(table.close, keep=False)
            opened.pop_all()
        return self

    def __exit__(self, *error) -> None:
        with contextlib.ExitStack() as ends:  # each, whatever becomes of the others
            for table in self.tables:
                ends.callback(table.close, keep=self.frames > 0)
            ends.callback(self.finish_video)

    def add(self, frame: Frame, poses: Poses) -> None:
        """Record and draw the poses of the next frame, in the order of the sources."""
        self.frames += 1
        source = frame.source
        image_id = self.frames if self.ids is None else self.ids[source]
        more = {'file_name': source.name, 'frame': frame.index if source.video else None}
        for table in self.tables:
            table.add(image_id, more, poses)
        keep = self.out_dir is not None
        if source.video and keep:
            keep = source.stream is None if self.save_video is None else self.save_video
        if not keep and self.show is None:
            return
        drawn = poses.draw(frame.image, keypoint_thr=self.keypoint_thr)
        if self.show is not None:
            self.show(drawn)
        if keep:
            self._save(frame, drawn)

    def _save(self, frame: Frame, drawn: np.ndarray) -> None:
        target = self.targets[frame.source]
        if not frame.source.video:
            self.finish_video()
            write_picture(target, drawn)
            return
        if self.video is None or self.video.target != target:
            self.finish_video()
            self.video = VideoFile(target, frame.fps, drawn.shape[:2])
        self.video.add(drawn, frame.seconds if frame.live else None)

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
        UserError: If this OpenCV has no encoder for it.
        OSError: If it cannot be written.
    """

    def __init__(self, target: Path, fps: float, size: tuple[int, int]):
        # MPEG-4 holds no finer fractions of rates above.
        self.fps = fps if fps < 60 else float(round(fps))
        self.target, self.size = target, size
        self.frames = 0
        self.ends = contextlib.ExitStack()
        self.path = self.ends.enter_context(replacing(target))
        code = cv2.VideoWriter.fourcc(*'mp4v')
        self.writer = cv2.VideoWriter(str(self.path), code, self.fps, size[::-1])
        if not self.writer.isOpened():
            error = UserError(
                f'{target} cannot be written: this OpenCV makes no MPEG-4 video of '
                f'{size[1]} x {size[0]} pixels (is a codec missing?)'
            )
            self.ends.__exit__(UserError, error, None)
            raise error

    def add(self, image: np.ndarray, seconds: float | None = None) -> None:
        """Append a frame, (H, W, 3) uint8 BGR.

        Args:
            seconds (float, optional): When it is to be seen: then it stands for frames of a camera
                that were missed, so that the video runs as fast as life.

        Raises:
            OSError: If the disk is full.
        """
        if disk_full(self.target.parent):
            raise full_disk_error(self.target)
        if image.shape[:2] != self.size:  # some cameras turn in the middle
            image = cv2.resize(image, self.size[::-1], interpolation=cv2.INTER_AREA)
        due = self.frames + 1
        if seconds is not None:
            due = max(due, min(round(seconds * self.fps) + 1, due + LONGEST_GAP))
        for _ in range(due - self.frames):
            self.writer.write(image)
        self.frames = due

    def close(self) -> None:
        """Complete the file.

        Raises:
            OSError: If the disk is full.
            UserError: If the file does not hold all frames. Then what was there before stays.
        """
        with self.ends:
            self.writer.release()
            found = _count_frames(self.path)
            if found < self.frames:  # OpenCV's writer reports no error
                if disk_full(self.target.parent):
                    raise full_disk_error(self.target)
                raise UserError(
                    f'{self.target} cannot be written: {found} of {self.frames} frames are readable'
                )


def _count_frames(path: Path) -> int:
    """Frames of a video that decode."""
    capture, count = cv2.VideoCapture(str(path)), 0
    while capture.grab():
        count += 1
    capture.release()
    return count


def write_picture(path: Path, image: np.ndarray) -> None:
    """Write an image in the format of the suffix, whole or not at all.

    Raises:
        UserError: If the format cannot hold it.
        OSError: If it cannot be written.
    """
    try:
        good, content = cv2.imencode(path.suffix, image)
    except cv2.error:
        good = False
    if not good:
        raise UserError(f'{path}: an image of {image.shape[:2]} cannot be written as {path.suffix}')
    write_bytes(path, content, durable=False)
