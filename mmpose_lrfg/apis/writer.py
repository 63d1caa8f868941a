"""Writes the results of a prediction: JSON, CSV, drawn images and videos."""

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime.files import replacing
from mmpose_lrfg.runtime.images import write_image
from mmpose_lrfg.utils.errors import UserError

from .frames import Frame
from .label_files import LabelFile
from .sources import Source, free_names
from .video import VideoFile


def image_ids(sources: Sequence[Source]) -> dict[Source, int] | None:
    """Return image ids for the JSON: the numbers in COCO's file names.

    Returns:
        dict | None: None unless every source is an image whose name is a number of its own; frames
        are numbered from 1 then.
    """
    ids = {}
    for source in sources:
        stem = Path(source.name).stem
        if source.video or not (stem.isascii() and stem.isdigit()):
            return None
        ids[source] = int(stem)
    return ids if len(set(ids.values())) == len(sources) else None


class RecordFile:
    """A JSON or CSV file with one detection per line, written one by one.

    It replaces ``path`` when it is closed, unless nothing was added or the disk failed.

    Args:
        path (Path): The file.
        kind (str): 'JSON' for COCO's results format, or 'CSV' for a table with named columns.
    """

    beside: Path | None = None  # no second file, as a LabelFile has

    def __init__(self, path: Path, kind: str):
        self.path, self.kind = Path(path), kind
        self.ends = contextlib.ExitStack()
        self.file = None
        self.separator = '['

    def add(self, image_id: int, more: dict, poses: Poses) -> None:
        """Append the poses of an image, with further fields or columns."""
        first = self.file is None
        if first:
            temporary = self.ends.enter_context(replacing(self.path))
            self.file = self.ends.enter_context(temporary.open('w', encoding='utf-8', newline=''))
        try:
            if self.kind == 'CSV':
                self.file.write(poses.to_csv(image_id, first, more))
            else:
                # COCO's fields first, as readers of the raw file expect them.
                for record in poses.to_coco(image_id):
                    self.file.write(self.separator + json.dumps({**record, **more}))
                    self.separator = ',\n'
        except OSError:
            with self.ends:  # a record may be cut off: discard the file
                raise

    def close(self) -> None:
        """Complete the file."""
        if self.file is not None and not self.file.closed:
            with self.ends:
                if self.kind == 'JSON':
                    self.file.write('[]\n' if self.separator == '[' else ']\n')


class ResultWriter:
    """Writes the poses of frame after frame; a context manager.

    Images are written one by one. The JSON, the CSV and the current video are completed at the end,
    also after an error or Ctrl-C. Without a single frame the older JSON and CSV stay.

    Args:
        out_dir (Path, optional): Folder for drawn images and videos, named as the sources.
        json_path (Path | LabelFile, optional): COCO results file with ``file_name`` and, for
            videos, ``frame`` and ``seconds``; or a file of annotations, for images only.
        sources (Sequence[Source]): All sources of the run.
        csv_path (Path, optional): The same as a table.
        save_video (bool, optional): Write drawn videos (default: those of files, not of streams,
            which may have no end).
        show (Callable, optional): Called with every drawn image.
        drawing: Other arguments of :func:`.drawing.draw_poses`.

    Raises:
        UserError: If a result would overwrite a source or another result.
    """

    def __init__(
        self,
        out_dir: Path | None,
        json_path: Path | LabelFile | None,
        sources: Sequence[Source],
        csv_path: Path | None = None,
        save_video: bool | None = None,
        show: Callable[[np.ndarray], None] | None = None,
        **drawing,
    ):
        self.out_dir = None if out_dir is None else Path(out_dir)
        labels = isinstance(json_path, LabelFile)
        if labels and (videos := [source.path for source in sources if source.video]):
            raise UserError(
                f'annotations are of images, and {videos[0]} is a video or stream; predict on '
                'frames that were saved as images'
            )
        paths = (None if labels else json_path, 'JSON'), (csv_path, 'CSV')
        self.records = [RecordFile(path, kind) for path, kind in paths if path is not None]
        self.records += [json_path] if labels else []
        self.save_video, self.show, self.drawing = save_video, show, drawing
        self.ids = image_ids(sources)
        self.targets = {} if self.out_dir is None else self._find_targets(sources)
        self.frames = 0
        self.counts = Counter()  # frames by name of the source
        self.video: VideoFile | None = None
        self._check_targets(sources)

    def _check_targets(self, sources: Sequence[Source]) -> None:
        read = {source.path.resolve() for source in sources if source.stream is None}
        folder = self.out_dir and self.out_dir.resolve()
        written = set()
        beside = [record.beside for record in self.records if record.beside]
        paths = [*(record.path for record in self.records), *beside, *self.targets.values()]
        for target in paths:
            place = target.resolve()
            if place in read:
                raise UserError(f'{target} would be overwritten by its own result; write elsewhere')
            if place == folder or place.is_dir():
                raise UserError(f'{target} is a folder; write to a file in it')
            device = place.exists() and not place.is_file()
            if place in written and not device:
                raise UserError(f'{target} would hold two results; write one of them elsewhere')
            written.add(place)

    def _find_targets(self, sources: Sequence[Source]) -> dict[Source, Path]:
        """Return the file of every drawn source, with a suffix that OpenCV writes."""
        names = {}
        for source in sources:
            suffix = Path(source.name).suffix.lower()
            if source.video:
                names[source] = source.name + ('' if suffix == '.mp4' else '.mp4')
            else:
                writable = suffix and cv2.haveImageWriter(f'a{suffix}')
                names[source] = source.name + ('' if writable else '.png')
        # Sources that keep their names come first.
        order = sorted(sources, key=lambda source: names[source] != source.name)
        unique = free_names([names[source] for source in order])
        return {source: self.out_dir / name for source, name in zip(order, unique)}

    def __enter__(self) -> 'ResultWriter':
        return self

    def __exit__(self, *error) -> None:
        with contextlib.ExitStack() as ends:  # each, even if another fails
            for record in self.records:
                ends.callback(record.close)
            ends.callback(self._finish_video)

    def add(self, frame: Frame, poses: Poses) -> None:
        """Write and draw the poses of the next frame, in the order of the sources."""
        self.frames += 1
        source = frame.source
        self.counts[source.name] += 1
        image_id = self.frames if self.ids is None else self.ids[source]
        more = {'file_name': source.name, 'frame': None, 'seconds': None}
        if source.video:
            more |= {'frame': frame.index, 'seconds': round(frame.seconds, 3)}
        poses = replace(poses, image=frame.image)
        for record in self.records:
            record.add(image_id, more, poses)
        save = self.out_dir is not None
        if source.video and save:
            save = source.stream is None if self.save_video is None else self.save_video
        if not save and self.show is None:
            return
        drawn = poses.draw(**self.drawing)
        if self.show is not None:
            self.show(drawn)
        if save and source.video:
            self._add_to_video(frame, drawn)
        elif save:
            write_image(self.targets[source], drawn)

    def _add_to_video(self, frame: Frame, drawn: np.ndarray) -> None:
        target = self.targets[frame.source]
        if self.video is None or self.video.target != target:
            self._finish_video()
            self.video = VideoFile(target, frame.fps, drawn.shape[:2])
        self.video.add(drawn, frame.seconds)

    def _finish_video(self) -> None:
        video, self.video = self.video, None
        if video is not None:
            video.close()
