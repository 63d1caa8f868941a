"""Lists of poses, written record by record, so that an endless stream needs no endless memory."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from mmpose_lrfg.runtime import Poses
from mmpose_lrfg.runtime.files import replacing


class _Discard(Exception):
    """Leaves :func:`replacing` without replacing anything."""


class Table:
    """A text file under way beside ``path``, moved there when closed; ``open`` before use.

    Closed early, it holds what was added until then. After an error of the disk it is discarded.

    Args:
        path (Path): The file.
    """

    kind, head, tail = '', '', ''

    def __init__(self, path: Path):
        self.path = Path(path)
        self.ends = contextlib.ExitStack()
        self.records = 0

    def open(self) -> None:
        """Begin the file.

        Raises:
            OSError: If it cannot be written.
        """
        temporary = self.ends.enter_context(replacing(self.path))
        self.file = self.ends.enter_context(temporary.open('w', encoding='utf-8', newline=''))
        self.file.write(self.head)

    def add(self, image_id: int, more: Mapping, poses: Poses) -> None:
        """Append the poses of an image.

        Args:
            image_id (int): Of the image.
            more (Mapping): Further fields or columns: ``file_name``, and ``frame`` or None.
            poses (Poses): On it.
        """
        try:
            self.file.write(self.lines(image_id, more, poses))
        except OSError:
            with self.ends:  # a record may be cut off: discard the file
                raise
        self.records += len(poses)

    def lines(self, image_id: int, more: Mapping, poses: Poses) -> str:
        """The text of them."""
        raise NotImplementedError

    def close(self, keep: bool = True) -> None:
        """Complete the file, or leave at ``path`` what was there before.

        Raises:
            OSError: If it cannot be written; then, too, ``path`` stays as it was.
        """
        if self.file.closed:
            return
        with contextlib.suppress(_Discard), self.ends:
            if not keep:
                raise _Discard
            self.file.write(self.tail)


class JsonTable(Table):
    """Detections as COCO's result files list them, one a line."""

    kind, head, tail = 'JSON', '[', ']\n'

    def lines(self, image_id: int, more: Mapping, poses: Poses) -> str:
        # COCO's fields first, as readers of the raw file expect them.
        rows = [{**row, **more} for row in poses.to_coco(image_id)]
        text = ',\n'.join(json.dumps(row) for row in rows)
        return ',\n' + text if text and self.records else text


class CsvTable(Table):
    """One line a person, under the names of the columns."""

    kind = 'CSV'

    def __init__(self, path: Path):
        super().__init__(path)
        self.headed = False

    def lines(self, image_id: int, more: Mapping, poses: Poses) -> str:
        header, self.headed = not self.headed, True
        return poses.to_csv(image_id, header, more)
