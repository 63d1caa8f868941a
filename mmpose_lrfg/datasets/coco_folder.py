"""Finds annotation files and images in folders, and opens them for evaluation."""

import contextlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmpose_lrfg.datasets.checks.annotations import check
from mmpose_lrfg.datasets.checks.rules import refuse_errors
from mmpose_lrfg.datasets.coco_json import read_coco
from mmpose_lrfg.datasets.data_files import name_inside
from mmpose_lrfg.utils.errors import UserError, nearest
from mmpose_lrfg.utils.json_files import read_bytes

NUM_KEYPOINTS = 17
SPLITS = ('train', 'val', 'test')
#: Words of a file name, digits aside, that name a split.
SPLIT_WORDS = {**{split: split for split in SPLITS}, 'valid': 'val', 'validation': 'val'}


@dataclass
class Split:
    """An annotation file and its images.

    Attributes:
        name: 'val', or the base name of the file.
        images: Folder of the images.
        annotations: The annotation file.
        content: Its content; every ``file_name`` is relative to ``images``.
    """

    name: str
    images: Path
    annotations: Path
    content: dict


def describe(name: str, content: dict) -> str:
    """Return the numbers of images, of objects by category without crowds, and of keypoints."""
    images = content['images']
    objects = [ann for ann in content['annotations'] if not ann.get('iscrowd')]
    names = {category['id']: category.get('name', 'objects') for category in content['categories']}
    counts = Counter(names.get(ann.get('category_id'), 'objects') for ann in objects)
    listed = ', '.join(f'{n} {kind}' for kind, n in counts.items()) or 'no objects'
    points = sum(v > 0 for ann in objects for v in (ann.get('keypoints') or ())[2::3])
    empty = len(images) - len({ann['image_id'] for ann in objects})
    return f'{name}: {len(images)} images ({empty} without objects), {listed}, {points} keypoints'


def annotation_files(folder: Path) -> list[Path]:
    """Return the annotation files of a folder, sorted."""
    return sorted(folder.glob('annotations/*.json'))


def find_layout(source: str | Path, name: str) -> tuple[Path, Path]:
    """Return the image folder and the annotation file of a split of a folder.

    Args:
        source (str | Path): With ``annotations/*.json`` and the images of each file.
        name (str): 'train', 'val' or 'test'.

    Raises:
        UserError: If one of them does not exist, or several files belong to the split.
    """
    source = Path(source)
    if not source.is_dir():
        raise UserError(f'{source} is not a folder')
    files = annotation_files(source)
    found = [file for file in files if split_of(file) == name]
    # COCO's folder also has instances_train2017.json and captions_train2017.json.
    for preferred in (f'person_keypoints_{name}2017', name):
        found = [file for file in found if file.stem == preferred] or found
    if len(found) == 1:
        return find_images(found[0]), found[0]
    if found:
        listed = ', '.join(file.name for file in found)
        raise UserError(f'{source}/annotations has several files of {name}: {listed}; give one')
    listed = ', '.join(file.name for file in files) or 'none'
    raise UserError(
        f'{source} has no {name} set: expected annotations/{name}.json with images in {name}/ '
        f'(annotation files found: {listed})'
    )


def find_splits(folder: Path, splits: Sequence[str] = SPLITS) -> dict[str, tuple[Path, Path]]:
    """Return :func:`find_layout` of those of the splits that a folder has.

    Raises:
        UserError: As :func:`find_layout`, or if it has none of them.
    """
    listed = {split_of(file) for file in annotation_files(folder)}
    found = [split for split in splits if split in listed] or splits[:1]  # which is missing
    return {split: find_layout(folder, split) for split in found}


def split_of(file: Path) -> str | None:
    """Return the split in the name of a file: 'train', 'val', 'test' or None."""
    words = re.findall('[a-z]+', file.stem.lower())
    return next((SPLIT_WORDS[word] for word in reversed(words) if word in SPLIT_WORDS), None)


def find_images(file: Path) -> Path:
    """Return the folder with the images of an annotation file.

    It lies beside the file or its folder ``annotations``, has the last word of the file's name
    (``val2017`` of ``person_keypoints_val2017.json``) or the name ``images``, and has the first
    image.

    Raises:
        UserError: If there is no such folder.
    """
    name = file.stem.rpartition('_')[2]
    roots = [file.parent]
    if file.parent.name == 'annotations':
        roots.insert(0, file.parent.parent)
    folders = [root / tail for root in roots for tail in (name, f'images/{name}', 'images')]
    if first := _first_image(file):
        for folder in [*folders, *roots]:
            if (folder / first).is_file():
                return folder
    for folder in folders:
        if folder.is_dir():
            return folder
    raise UserError(
        f'images of {file} not found: {folders[0]} does not exist, and {first or "the first image"}'
        f' is not in {" or ".join(map(str, roots))}'
    )


def _first_image(file: Path) -> str | None:
    found = re.search(rb'"file_name":\s*("(?:[^"\\]|\\.)*")', read_bytes(file))
    with contextlib.suppress(ValueError):  # which read_coco reports
        name = json.loads(found[1]) if found else ''
        return name if 0 < len(name.encode()) < 256 and '\0' not in name else None
    return None


def open_labels(path: str | Path, images: str | Path | None = None) -> Split:
    """Read one annotation file of people and find its images.

    Args:
        path (str | Path): COCO keypoint JSON; or a folder as for :func:`find_layout`, whose val
            set is taken.
        images (str | Path, optional): Image folder (default: that of :func:`find_images`).

    Raises:
        UserError: If one of them does not exist, images are missing, or annotations are wrong.
    """
    path, name = Path(path), 'val'
    if path.is_dir():
        images, path = find_layout(path, 'val')
    else:
        if not path.is_file():
            hint = nearest(path.name, (p.name for p in path.parent.glob('*.json')))
            raise UserError(f'annotation file {path} does not exist.{hint}')
        name, images = path.stem, find_images(path) if images is None else Path(images)
    if not images.is_dir():
        raise UserError(f'{images} is not a folder of images')
    content = read_coco(path)
    refuse_errors(path, check(content, NUM_KEYPOINTS), also=['num_keypoints'])
    missing = []
    for number, image in enumerate(content['images']):
        where = f'{path}: images[{number}].file_name'
        image['file_name'] = name_inside(images, image['file_name'], where)
        if not (images / image['file_name']).is_file():
            missing.append(image['file_name'])
    if missing:
        raise UserError(
            f'{len(missing)} of {len(content["images"])} images of {path} are not in {images}, '
            f'e.g. {missing[0]}'
        )
    return Split(name, images, path, content)
