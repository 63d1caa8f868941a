"""Finds the annotation files and images that a command line names."""

import contextlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmpose_lrfg.datasets.coco_json import read_coco
from mmpose_lrfg.datasets.yolo_folder import check_split, find_yaml, read_labels
from mmpose_lrfg.utils.data_yaml import SPLITS, is_data_yaml, read_data_yaml
from mmpose_lrfg.utils.errors import UserError, nearest
from mmpose_lrfg.utils.json_files import read_bytes

EXPECTED = (
    'expected a folder with annotations/train.json, annotations/val.json, train/ and val/, a '
    'data.yaml of YOLO-pose labels or its folder, or a COCO .json'
)
#: Words of a file name, digits aside, that name a split.
SPLIT_WORDS = {**{split: split for split in SPLITS}, 'valid': 'val', 'validation': 'val'}


@dataclass
class AnnotationFile:
    """COCO JSON, or a split of the text labels of a ``data.yaml``, with its images.

    Attributes:
        name: 'train', 'val' or 'test', or the base name of the file.
        path: The file.
        images: Folder of the images; None if unknown, as that of text labels before they are read.
        metainfo: Of the config that names the file; None if unknown.
        split: Split of text labels (default: ``name``).
        content, notes: What :meth:`read` has read, and what it has ignored.
    """

    name: str
    path: Path
    images: Path | None = None
    metainfo: dict | None = None
    split: str = ''
    content: dict | None = None
    notes: Sequence[str] = ()

    def read(self, strict: bool = True) -> dict:
        """Return the content as :func:`read_coco` does."""
        if is_data_yaml(self.path):
            self.content, self.images, self.notes = read_labels(self.path, self.split or self.name)
        else:
            self.content = read_coco(self.path, strict)
        return self.content


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


def find_data(
    data: str | Path, splits: Sequence[str] = SPLITS, images: str | Path | None = None
) -> list[AnnotationFile]:
    """Find the annotation files that a command line names.

    Args:
        data (str | Path): One annotation file; a folder with ``annotations/*.json`` and images
            (also with COCO's own names); or a ``data.yaml`` of YOLO-pose labels, or its folder.
        splits (Sequence[str]): Splits of a folder or ``data.yaml`` to return, as far as they exist.
        images (str | Path, optional): Images of a single annotation file (default: found).

    Raises:
        UserError: If ``data`` does not exist, or has none of the splits.
    """
    path = Path(data)
    if not path.exists():
        siblings = path.parent.iterdir() if path.parent.is_dir() else ()
        hint = nearest(path.name, (each.name for each in siblings))
        raise UserError(f'data set {data} does not exist.{hint}')
    if images is not None and path.suffix != '.json':
        raise UserError(f'--img-dir is for an annotation file (.json), got {data}')
    files = annotation_files(path) if path.is_dir() else [path] if path.suffix == '.json' else []
    if len(files) == 1 and (path.is_file() or split_of(files[0]) not in SPLITS):
        if images is None:
            with contextlib.suppress(UserError):  # some commands do not need the images
                images = find_images(files[0])
        return [AnnotationFile(files[0].stem, files[0], images and Path(images))]
    if files:
        found = find_splits(path, splits).items()
        return [AnnotationFile(split, file, folder) for split, (folder, file) in found]
    if is_data_yaml(path) or (path.is_dir() and any(path.glob('*.y*ml'))):
        path = find_yaml(path)
        listed = read_data_yaml(path)[1]
        found = [split for split in splits if split in listed] or splits[:1]
        check_split(path, listed, found[0])
        return [AnnotationFile(split, path) for split in found]
    raise UserError(f'{data} has no annotations: {EXPECTED}')
