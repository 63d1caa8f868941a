"""Writes the results of a prediction: JSON, CSV, drawn images and videos."""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime.images import write_image
from mmpose_lrfg.utils.errors import UserError

from .frames import Frame
from .sinks import CsvSink, JsonSink
from .sources import Source, free_names
from .video import VideoFile


def image_ids(sources: Sequence[Source]) -> dict[Source, int] | None:
    """Return image ids for the JSON: the numbers in COCO's file names.

    Returns:
        dict | None: None unless every source is an image whose name is a number of its own; frames
        are numbered from 1 then.
    """
    stems = [Path(source.name).stem for source in sources]
    if any(source.video for source in sources):
        return None
    if not all(stem.isascii() and stem.isdigit() for stem in stems):
        return None
    ids = {source: int(stem) for source, stem in zip(sources, stems)}
    return ids if len(set(ids.values())) == len(sources) else None


class ResultWriter:
    """Writes the poses of frame after frame; a context manager, whose end completes the files.

    Images are written one by one. The JSON, the CSV and the current video are completed at the end,
    also after an error or Ctrl-C, with the results until then. Without a single frame the older
    JSON and CSV stay.

    Args:
        out_dir (Path, optional): Folder for drawn images and videos, named as the sources.
        json_path (Path, optional): COCO results file with ``file_name`` and, for videos, ``frame``.
        sources (Sequence[Source]): All sources of the run.
        keypoint_thr (float): Keypoints with a lower score are not drawn; JSON and CSV have all.
        csv_path (Path, optional): The same as a table.
        save_video (bool, optional): Write drawn videos (default: those of files, not of streams,
            which may have no end).
        show (Callable, optional): Called with every drawn image.

    Raises:
        UserError: If a result would overwrite a source or another result.
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
        self.sinks = [JsonSink(json_path)] if json_path is not None else []
        self.sinks += [CsvSink(csv_path)] if csv_path is not None else []
        self.keypoint_thr = keypoint_thr
        self.save_video, self.show = save_video, show
        self.ids = image_ids(sources)
        self.targets = {} if self.out_dir is None else self._find_targets(sources)
        self.frames = 0
        self.video: VideoFile | None = None
        self._check_targets(sources)

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

    def _check_targets(self, sources: Sequence[Source]) -> None:
        read = {source.path.resolve() for source in sources if source.stream is None}
        targets = [(sink.path, 'another file') for sink in self.sinks]
        targets += [(target, 'another --out-dir') for target in self.targets.values()]
        written = set()
        for target, advice in targets:
            place = target.resolve()
            if place in read:
                raise UserError(f'{target} would be overwritten by its own result; take {advice}')
            device = place.exists() and not place.is_file()
            if place in written and not device:
                raise UserError(f'{target} would hold two results; take {advice} for one of them')
            written.add(place)
        for sink in self.sinks:
            if sink.path.is_dir() or sink.path.resolve() == (self.out_dir or Path()).resolve():
                raise UserError(f'{sink.path} is a folder, not a file for {sink.kind}')

    def __enter__(self) -> 'ResultWriter':
        folders = [sink.path.parent for sink in self.sinks]
        for folder in folders if self.out_dir is None else [self.out_dir, *folders]:
            folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *error) -> None:
        with contextlib.ExitStack() as ends:  # each, even if another fails
            for sink in self.sinks:
                ends.callback(sink.close)
            ends.callback(self.finish_video)

    def add(self, frame: Frame, poses: Poses) -> None:
        """Write and draw the poses of the next frame, in the order of the sources."""
        self.frames += 1
        source = frame.source
        image_id = self.frames if self.ids is None else self.ids[source]
        more = {'file_name': source.name, 'frame': frame.index if source.video else None}
        for sink in self.sinks:
            sink.add(image_id, more, poses)
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
            write_image(target, drawn)
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
