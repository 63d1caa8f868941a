"""JSON and CSV files of poses, written record by record: a stream needs no memory."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime.files import replacing


class Sink:
    """A file of poses that replaces ``path`` when it is closed, unless nothing was added.

    Closed early, it contains what was added until then. After an error of the disk it is discarded.

    Args:
        path (Path): The file.
    """

    kind, head, tail = '', '', ''

    def __init__(self, path: Path):
        self.path = Path(path)
        self.ends = contextlib.ExitStack()
        self.file = None
        self.records = 0

    def add(self, image_id: int, more: Mapping, poses: Poses) -> None:
        """Append the poses of an image.

        Args:
            image_id (int): Id of the image.
            more (Mapping): Further fields or columns: ``file_name``, and ``frame`` or None.
            poses (Poses): Of the image.

        Raises:
            OSError: If the file cannot be written; then the older one stays.
        """
        if self.file is None:
            temporary = self.ends.enter_context(replacing(self.path))
            self.file = self.ends.enter_context(temporary.open('w', encoding='utf-8', newline=''))
            self.file.write(self.head)
        try:
            self.file.write(self.lines(image_id, more, poses))
        except OSError:
            with self.ends:  # a record may be cut off: discard the file
                raise
        self.records += len(poses)

    def lines(self, image_id: int, more: Mapping, poses: Poses) -> str:
        """Return the text of the poses of an image."""
        raise NotImplementedError

    def close(self) -> None:
        """Complete the file.

        Raises:
            OSError: If it cannot be written; then the older one stays.
        """
        if self.file is not None and not self.file.closed:
            with self.ends:
                self.file.write(self.tail)


class JsonSink(Sink):
    """A COCO results file, one detection per line."""

    kind, head, tail = 'JSON', '[', ']\n'

    def lines(self, image_id: int, more: Mapping, poses: Poses) -> str:
        # COCO's fields first, as readers of the raw file expect them.
        rows = [{**row, **more} for row in poses.to_coco(image_id)]
        text = ',\n'.join(json.dumps(row) for row in rows)
        return ',\n' + text if text and self.records else text


class CsvSink(Sink):
    """A table with named columns, one detection per line."""

    kind = 'CSV'
    header = True

    def lines(self, image_id: int, more: Mapping, poses: Poses) -> str:
        header, self.header = self.header, False
        return poses.to_csv(image_id, header, more)
