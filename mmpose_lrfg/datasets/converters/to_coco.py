"""Converts YOLO-pose text labels to COCO JSON."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mmpose_lrfg.datasets.coco_folder import describe
from mmpose_lrfg.datasets.converters.data_yaml import read_data_yaml
from mmpose_lrfg.datasets.converters.metainfo_file import NAME, metainfo_text
from mmpose_lrfg.datasets.converters.yolo_labels import YoloSchema, parse_labels
from mmpose_lrfg.datasets.data_files import image_size, images_in
from mmpose_lrfg.runtime.files import write_json
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.progress import track


class Converted(NamedTuple):
    """What was converted of a split."""

    split: str
    summary: str
    notes: list[str]


def yolo_to_coco(source: str | Path, dest: str | Path, copy: bool = False) -> list[Converted]:
    """Convert a data set of YOLO-pose text labels.

    Writes to ``dest``, for each split: the images, for example in ``train/``, and
    ``annotations/train.json``; and ``metainfo.py``. Class 0 becomes category 1 and so on; areas
    are 0.53 of the box.

    Args:
        source (str | Path): Its ``data.yaml``, or the folder of that file.
        dest (str | Path): A folder that does not exist, or is empty.
        copy (bool): Copy the images instead of linking to them.

    Raises:
        UserError: With file and line of what is wrong; ``dest`` is not written then.
    """
    path, dest = find_yaml(Path(source)), Path(dest)
    schema, splits = read_data_yaml(path)
    images = {split: named_images(places) for split, places in splits.items()}
    counts = []
    with new_folder(dest) as folder:
        for split, named in images.items():
            content, notes = _convert(named, schema, split)
            counts.append(Converted(split, describe(split, content), notes))
            if not content['annotations']:
                first = next(iter(named.values()))
                raise UserError(
                    f'{split} of {path} has no labels; those of {first} would be in '
                    f'{label_of(first)}'
                )
            fill_folder(folder / split, {n: p.resolve() for n, p in named.items()}, copy)
            write_json(folder / 'annotations' / f'{split}.json', content)
        name = path.parent.resolve().name if path.stem == 'data' else path.stem
        (folder / NAME).write_text(metainfo_text(schema, name), encoding='utf-8')
    return counts


@contextlib.contextmanager
def new_folder(dest: Path) -> Iterator[Path]:
    """Yield a folder to fill, which is renamed to ``dest`` at the end and removed after an error.

    Raises:
        UserError: If ``dest`` exists and is not empty.
    """
    if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
        raise UserError(f'{dest} exists; name another DEST or remove it first')
    partial = dest.with_name(f'.{dest.name}.partial')
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        if dest.is_dir():
            dest.rmdir()
        partial.rename(dest)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def fill_folder(folder: Path, named: dict[str, Path], copy: bool) -> None:
    """Link or copy images to a new folder; a file system without links gets copies.

    Args:
        folder (Path): The folder.
        named (dict[str, Path]): Absolute paths of the images by their names in the folder.
        copy (bool): Copy the images instead of linking to them.
    """
    for name, source in named.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not copy:
            with contextlib.suppress(OSError):
                path.symlink_to(source)
                continue
        shutil.copy2(source, path)


def find_yaml(source: Path) -> Path:
    """Return the ``data.yaml`` of a folder, or ``source`` if it is a file.

    Raises:
        UserError: If there is none, or several.
    """
    if not source.is_dir():
        if not source.exists():
            raise UserError(f'{source} does not exist')
        return source
    found = sorted([*source.glob('*.yaml'), *source.glob('*.yml')])
    found = [path for path in found if path.stem == 'data'] or found
    if len(found) != 1:
        raise UserError(
            f'{source} has {len(found)} .yaml files; name the one that lists the splits'
        )
    return found[0]


def named_images(places: list[Path]) -> dict[str, Path]:
    """Return the images of folders and lists by their names in the output folder."""
    named: dict[str, Path] = {}
    for number, place in enumerate(places):
        for path in images_in(place):
            name = path.relative_to(place).as_posix() if place.is_dir() else path.name
            named[name if name not in named else f'{number}/{name}'] = path
    return named


def label_of(image: Path) -> Path:
    """Return the label file of an image: the last ``images`` of its path becomes ``labels``."""
    parts = list(image.parts)
    places = [n for n, part in enumerate(parts[:-1]) if part == 'images']
    if places:
        parts[places[-1]] = 'labels'
    return Path(*parts).with_suffix('.txt')


def _convert(named: dict[str, Path], schema: YoloSchema, split: str) -> tuple[dict, list[str]]:
    """Return the COCO content of a split, and notes on what is ignored."""
    stems = [Path(name).stem for name in named]
    numbered = all(stem.isascii() and stem.isdigit() and len(stem) < 19 for stem in stems)
    numbered = numbered and len(set(map(int, stems))) == len(stems)
    images, annotations, read = [], [], set()
    for number, (name, path) in enumerate(track(named.items(), f'converting {split}'), 1):
        width, height = image_size(path)
        image_id = int(Path(name).stem) if numbered else number
        images.append(dict(id=image_id, file_name=name, width=width, height=height))
        labels = label_of(path)
        read.add(labels)
        for ann in parse_labels(labels, schema, (width, height)) if labels.is_file() else ():
            annotations.append(dict(id=len(annotations) + 1, image_id=image_id, **ann))
    other = {p for f in {p.parent for p in read} if f.is_dir() for p in f.glob('*.txt')} - read
    other = {path for path in other if path.name != 'classes.txt'}
    notes = [f'{len(other)} label files have no image, e.g. {min(other)}'] if other else []
    categories = [
        dict(id=i, name=name, keypoints=list(schema.keypoints), skeleton=[])
        for i, name in enumerate(schema.classes, 1)
    ]
    return dict(images=images, annotations=annotations, categories=categories), notes
