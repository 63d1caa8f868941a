"""Files on any file system of pyarrow, divided into the work of actors.

Needs pyarrow: ``pip install "mmpose_lrfg[ray]"``.
"""

import fnmatch
import hashlib
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow.fs import FileSelector, FileSystem, FileType, LocalFileSystem

from mmpose_lrfg.utils.errors import UserError

from .sources import IMAGES, SCHEMES, VIDEOS, find_sources, natural

PARQUET = '.parquet'
SUFFIXES = IMAGES | VIDEOS | {PARQUET}


class Place(NamedTuple):
    """A file system, and a path on it; ``prefix + path`` is the address of a file."""

    system: FileSystem
    prefix: str
    path: str


@dataclass
class Table:
    """Columns of Parquet files of images.

    Attributes:
        image (str): Column of the encoded images: bytes, or a struct with ``bytes``.
        more (Schema): Other columns with plain values.
    """

    image: str = ''
    more: pa.Schema = field(default_factory=lambda: pa.schema([]))


class Unit(NamedTuple):
    """Work of an actor, whose results are one file: images, a scene, or a group of rows."""

    name: str  # of the file
    system: int
    paths: list[str]
    group: int | None = None  # of a Parquet file
    inputs: int = 1  # images, videos or rows


def is_address(name: str) -> bool:
    """Return whether a name is an address of a file system, such as ``s3://bucket/photos``."""
    scheme, mark, _ = name.partition('://')
    return bool(mark) and scheme.lower() not in SCHEMES


def find_place(name: str) -> Place:
    """Return the file system of a path or address.

    Raises:
        UserError: If the file system is unknown or cannot be reached.
    """
    if not is_address(name):
        return Place(LocalFileSystem(), '', os.path.abspath(name))  # noqa: PTH100
    try:
        system, path = FileSystem.from_uri(name)
    except (pa.ArrowException, ValueError, ImportError, OSError) as error:
        raise UserError(f'{name} cannot be opened: {error}') from error
    scheme, _, rest = name.partition('://')
    host = rest.partition('/')[0] if path.startswith('/') else ''
    return Place(system, f'{scheme}://{host}', path.rstrip('/'))


def find_files(names: Sequence[str], out: Place) -> Iterator[Place]:
    """Find images, videos and Parquet files of paths, folders, globs and addresses.

    Args:
        names (Sequence[str]): Of the command line.
        out (Place): Folder of results, which is left out of other folders.

    Raises:
        UserError: If a name has no file, or is a camera or stream.
    """
    local = [name for name in names if not is_address(name)]
    results = None if out.prefix else Path(out.path)
    system = LocalFileSystem()
    for source in find_sources(local, results, SUFFIXES):
        if source.stream is not None:
            raise UserError(f'{source.name} is a camera or stream; Ray reads files')
        path = os.path.abspath(source.path)  # noqa: PTH100
        if path != path.encode(errors='replace').decode():
            raise UserError(
                f'{path} cannot be written to Parquet: its name is not UTF-8; rename it'
            )
        yield Place(system, '', path)
    for name in names:
        if is_address(name):
            yield from _list(name, out)


def _list(name: str, out: Place) -> list[Place]:
    root = name
    while '*' in root or '[' in root:  # a question mark begins options of the address
        root = root.rpartition('/')[0]
    place = find_place(root)
    system, prefix, path = place
    info = system.get_file_info(path)
    if info.type == FileType.NotFound:
        raise UserError(f'{root} does not exist')
    if info.type == FileType.File:
        return [place]
    pattern = None if root == name else path + name[len(root) :]
    found = []
    for info in system.get_file_info(FileSelector(path, recursive=True)):
        known = _suffix(info.path) in SUFFIXES
        result = prefix == out.prefix and info.path.startswith(f'{out.path}/')
        matches = pattern is None or fnmatch.fnmatchcase(info.path, pattern)
        if info.type == FileType.File and known and matches and not result:
            found.append(Place(system, prefix, info.path))
    if not found:
        raise UserError(f'no image, video or Parquet file is at {name}')
    return sorted(found, key=lambda each: natural(each.path))


def find_table(files: Sequence[Place], column: str | None = None) -> Table:
    """Return the columns of the first Parquet file.

    Args:
        files (Sequence[Place]): All files.
        column (str, optional): That of the images (default: the only one with bytes).

    Raises:
        UserError: If the column of the images cannot be found.
    """
    first = next((each for each in files if _suffix(each.path) == PARQUET), None)
    if first is None:
        return Table()
    schema = _metadata(first).schema.to_arrow_schema()
    binary = [each.name for each in schema if _is_image(each.type)]
    images = [column] if column else binary
    if len(images) != 1 or images[0] not in binary:
        raise UserError(
            f'{first.prefix}{first.path} has the columns {", ".join(schema.names)}, of which '
            f'{", ".join(binary) or "none"} may be images; name one with --image-column'
        )
    plain = [each for each in schema if not pa.types.is_nested(each.type)]
    more = {each.name: each.type for each in plain if each.name not in binary}
    return Table(images[0], pa.schema(more))


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()


def _is_image(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind) and kind.get_field_index('bytes') >= 0:
        kind = kind.field('bytes').type
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _metadata(place: Place) -> pq.FileMetaData:
    try:
        with place.system.open_input_file(place.path) as file:
            return pq.read_metadata(file)
    except (pa.ArrowException, OSError) as error:
        raise UserError(f'{place.prefix}{place.path} cannot be read: {error}') from error


def divide(
    files: Sequence[Place], complete: Mapping[str, pa.Array], size: int, scenes: bool = False
) -> tuple[list[Place], list[Unit]]:
    """Divide files into units that are not yet complete.

    Args:
        files (Sequence[Place]): Images, videos and Parquet files.
        complete (Mapping[str, Array]): Complete result files, with their images.
        size (int): Most images of a unit. A video and a row group are one.
        scenes (bool): The images of a folder are one unit, too, because they are tracked.

    Returns:
        tuple: Roots of file systems, to which the units refer by number, and the units.
    """
    roots = {id(each.system): Place(each.system, each.prefix, '') for each in files}
    numbers = {key: number for number, key in enumerate(roots)}
    done = [paths for name, paths in complete.items() if name.startswith('images-')]
    done = pa.concat_arrays([pa.array([], pa.string()), *done])

    def key(place: Place) -> tuple[str, int, str]:
        suffix, number = _suffix(place.path), numbers[id(place.system)]
        if suffix == PARQUET or suffix in VIDEOS:
            return 'rows' if suffix == PARQUET else 'scene', number, place.path
        if scenes:
            return 'scene', number, place.path.rpartition('/')[0]
        return 'images', number, ''

    units = []
    if not scenes:  # which are neighbours in the order of the sources, as without Ray
        files = sorted(files, key=key)
    for (kind, number, _), group in itertools.groupby(files, key):
        group = [*group]
        if kind == 'rows':
            table = _metadata(group[0])
            counts = [table.row_group(n).num_rows for n in range(table.num_row_groups)]
            parts = [([group[0].path], row_group, rows) for row_group, rows in enumerate(counts)]
        elif kind == 'images':
            addresses = pa.array([place.prefix + place.path for place in group])
            new = pc.invert(pc.is_in(addresses, done)).to_pylist()
            paths = [place.path for place in itertools.compress(group, new)]
            slices = [paths[start : start + size] for start in range(0, len(paths), size)]
            parts = [(each, None, len(each)) for each in slices]
        else:
            parts = [([place.path for place in group], None, len(group))]
        for paths, row_group, inputs in parts:
            # A scene is known by its first file: a new image does not make it another one.
            members = paths[:1] if kind == 'scene' else paths
            text = repr((group[0].prefix, members, row_group))
            name = f'{kind}-{hashlib.sha256(text.encode()).hexdigest()[:24]}.parquet'
            if name not in complete:
                units.append(Unit(name, number, paths, row_group, inputs))
    return [*roots.values()], units
