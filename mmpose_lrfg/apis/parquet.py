"""Poses as Parquet files, one row per person, on any file system of pyarrow.

Needs pyarrow: ``pip install "mmpose_lrfg[ray]"``.
"""

import json
import secrets
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow.fs import FileSelector, FileSystem

from mmpose_lrfg.runtime import Poses, Skeleton
from mmpose_lrfg.utils.errors import UserError

ROWS = 1000  # of a row group
KEY = b'mmpose_lrfg'  # in the schema's metadata: settings, names of keypoints and classes
SCHEMA = pa.schema(
    {
        'path': pa.string(),
        'row': pa.int64(),
        'frame': pa.int32(),
        'seconds': pa.float64(),
        'width': pa.int32(),
        'height': pa.int32(),
        'person': pa.int32(),
        'track_id': pa.int64(),
        'label': pa.int32(),
        'score': pa.float32(),
        'bbox': pa.list_(pa.float32()),
        'keypoints': pa.list_(pa.float32()),
        'error': pa.string(),
    }
)


class PoseFile:
    """A Parquet file of poses; a context manager.

    It gets its name at the end, so that a file with its name is complete. A name that begins with
    a dot is temporary, and readers of a folder ignore it.

    Args:
        system (FileSystem): Where it is written.
        path (str): The file.
        more (Schema): Columns of the input that are kept.
        settings (Mapping): Written into the metadata.
        skeleton (Skeleton): Names of keypoints and classes for the metadata.
    """

    def __init__(
        self,
        system: FileSystem,
        path: str,
        more: pa.Schema,
        settings: Mapping,
        skeleton: Skeleton,
    ):
        self.system, self.path = system, path
        folder, _, name = path.rpartition('/')
        self.temporary = f'{folder}/.{secrets.token_hex(4)}-{name}'
        described = dict(settings=settings, keypoints=skeleton.names, classes=skeleton.classes)
        fields = [*SCHEMA, *(field.with_name(column_name(field.name)) for field in more)]
        self.schema = pa.schema(fields, {KEY: json.dumps(described).encode()})
        self.rows: list[dict] = []

    def __enter__(self) -> 'PoseFile':
        self.stream = self.system.open_output_stream(self.temporary)
        self.writer = pq.ParquetWriter(self.stream, self.schema)
        return self

    def __exit__(self, kind, *_) -> None:
        try:
            if kind is None:
                self._flush()
            self.writer.close()
        finally:
            self.stream.close()
            if kind is not None:
                self.system.delete_file(self.temporary)
        if kind is None:
            self.system.move(self.temporary, self.path)

    def add(self, image: Mapping, poses: Poses) -> None:
        """Append the poses of an image, or one row without a person.

        Args:
            image (Mapping): Columns of the image.
            poses (Poses): Of the image.
        """
        for person, record in enumerate(poses.to_coco(0)):
            row = {name: record.get(name) for name in ('track_id', 'score', 'bbox', 'keypoints')}
            label = int(poses.labels[person])
            self._append({**image, **row, 'person': person, 'label': label})
        if not len(poses):
            self._append(image)

    def add_error(self, image: Mapping, error: str) -> None:
        """Append a row for an image that cannot be decoded."""
        self._append({**image, 'error': error})

    def _append(self, row: Mapping) -> None:
        self.rows.append(row)
        if len(self.rows) == ROWS:
            self._flush()

    def _flush(self) -> None:
        self.writer.write_table(pa.Table.from_pylist(self.rows, self.schema))
        self.rows = []


def column_name(name: str) -> str:
    """Return the name of a column of the input among those of the poses."""
    return f'input_{name}' if name in SCHEMA.names else name


def remove_temporary(system: FileSystem, folder: str) -> None:
    """Remove the temporary files of processes that were killed."""
    for info in system.get_file_info(FileSelector(folder)):
        if info.base_name.startswith('.') and info.base_name.endswith('.parquet'):
            system.delete_file(info.path)


def prepare_folder(system: FileSystem, folder: str, settings: Mapping) -> dict[str, pa.Array]:
    """Create a folder of poses, or check one that a run with the same settings began.

    Returns:
        dict[str, Array]: Complete files, with the paths of their images.

    Raises:
        UserError: If the folder has Parquet files of other settings, or of another program.
    """
    system.create_dir(folder, recursive=True)
    remove_temporary(system, folder)
    complete = {}
    for info in system.get_file_info(FileSelector(folder)):
        if not info.base_name.endswith('.parquet'):
            continue
        with system.open_input_file(info.path) as stream, pq.ParquetFile(stream) as file:
            metadata = file.schema_arrow.metadata or {}
            if KEY not in metadata:
                raise UserError(f'{info.path} is not a file of lrfg predict; give another --out')
            before = json.loads(metadata[KEY])['settings']
            for key, value in settings.items():
                if before.get(key) != value:
                    raise UserError(
                        f'{folder} has poses with {key} {before.get(key)}, not {value}; give '
                        'another --out, or the same options to continue'
                    )
            complete[info.base_name] = pc.unique(file.read(['path'])['path'])
    return complete
