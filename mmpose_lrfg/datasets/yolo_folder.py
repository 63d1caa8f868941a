"""Reads a split of YOLO-pose text labels as the content of a COCO annotation file."""

import os
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from mmpose_lrfg.datasets.data_files import image_size, images_in
from mmpose_lrfg.datasets.yolo_labels import parse_labels
from mmpose_lrfg.utils.data_yaml import read_data_yaml
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.progress import track


class YoloSplit(NamedTuple):
    """Labels of a split."""

    content: dict
    """As :func:`read_coco` returns it; every ``file_name`` is relative to ``images``."""
    images: Path
    """The folder that holds all images, absolute."""
    notes: list[str]
    """What is ignored."""


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


def label_of(image: Path) -> Path:
    """Return the label file of an image: the last ``images`` of its path becomes ``labels``."""
    parts = list(image.parts)
    places = [n for n, part in enumerate(parts[:-1]) if part == 'images']
    if places:
        parts[places[-1]] = 'labels'
    return Path(*parts).with_suffix('.txt')


def check_split(source: str | Path, listed: Collection[str], split: str) -> None:
    """Raise a UserError if a ``data.yaml`` does not list a split."""
    if split not in listed:
        raise UserError(f'{source} names no images of {split}; add "{split}: FOLDER"')


def read_labels(source: str | Path, split: str) -> YoloSplit:
    """Read the labels of a split; only the headers of the images are read.

    Class 0 becomes category 1 and so on; areas are 0.53 of the box. An image without a label file
    has no annotations; one that cannot be read is left out, with a note. Ids of images are the
    numbers that all files have as names, or else count.

    Args:
        source (str | Path): A ``data.yaml``.
        split (str): 'train', 'val' or 'test'.

    Raises:
        UserError: With file and line of what is wrong, or if there are no labels at all.
    """
    schema, splits = read_data_yaml(Path(source))
    check_split(source, splits, split)
    folder, named = _named_images(splits[split])
    stems = [Path(name).stem for name in named]
    numbered = all(stem.isascii() and stem.isdigit() and len(stem) < 19 for stem in stems)
    numbered = numbered and len(set(map(int, stems))) == len(stems)
    images, annotations, read, broken = [], [], set(), []
    for number, name in enumerate(track(list(named), f'reading labels of {split}'), 1):
        path, labels = named[name], label_of(named[name])
        read.add(labels)
        try:
            width, height = image_size(path)
        except UserError as error:
            broken.append(str(error))
            continue
        image_id = int(stems[number - 1]) if numbered else number
        images.append(dict(id=image_id, file_name=name, width=width, height=height))
        for ann in parse_labels(labels, schema, (width, height)) if labels.is_file() else ():
            annotations.append(dict(id=len(annotations) + 1, image_id=image_id, **ann))
    if not images:
        raise UserError(f'none of the images of {split} of {source} can be read, e.g. {broken[0]}')
    if not annotations:
        first = next(iter(named.values()))
        raise UserError(
            f'{split} of {source} has no labels; those of {first} would be in {label_of(first)}'
        )
    other = {p for f in {p.parent for p in read} if f.is_dir() for p in f.glob('*.txt')} - read
    other = {path for path in other if path.name != 'classes.txt'}
    notes = [f'{len(other)} label files have no image, e.g. {min(other)}'] if other else []
    notes += [f'{len(broken)} images are left out, e.g. {broken[0]}'] if broken else []
    categories = [
        dict(id=i, name=name, keypoints=list(schema.keypoints), skeleton=[])
        for i, name in enumerate(schema.classes, 1)
    ]
    content = dict(images=images, annotations=annotations, categories=categories)
    return YoloSplit(content, folder, notes)


def _named_images(places: list[Path]) -> tuple[Path, dict[str, Path]]:
    """Return the folder of all images of folders and lists, and the images by names in it."""
    found = [path for place in places for path in images_in(place)]
    roots = {place for place in places if place.is_dir()}
    roots |= {path.parent for path in found} if len(roots) < len(places) else set()
    folder = os.path.commonpath([os.path.abspath(root) for root in roots])  # noqa: PTH100
    names = (Path(os.path.relpath(path, folder)).as_posix() for path in found)
    return Path(folder), dict(zip(names, found))
