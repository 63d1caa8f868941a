"""Finds training and validation data that a command line names."""

import hashlib
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmpose_lrfg.datasets.coco_folder import annotation_files, find_images, find_layout, split_of
from mmpose_lrfg.datasets.coco_json import read_coco
from mmpose_lrfg.datasets.converters.data_yaml import read_data_yaml
from mmpose_lrfg.datasets.converters.metainfo_file import (
    NAME,
    SIGMA,
    copy_metainfo,
    find_metainfo,
    is_coco,
    metainfo_text,
    unknown_sigmas,
)
from mmpose_lrfg.datasets.converters.to_coco import find_yaml, label_of, named_images, yolo_to_coco
from mmpose_lrfg.datasets.converters.to_yolo import schema_of
from mmpose_lrfg.datasets.converters.yolo_labels import YoloSchema
from mmpose_lrfg.runtime.files import write_bytes, write_json
from mmpose_lrfg.runtime.skeleton import COCO
from mmpose_lrfg.utils.errors import UserError, nearest
from mmpose_lrfg.utils.metainfo import flip_by_name
from mmpose_lrfg.utils.progress import Progress

VALIDATION = 0.1  # part of the images of a single annotation file
CONVERTED = 'source.txt'  # in the folder of converted labels: digest of what was converted
EXPECTED = (
    'expected a folder with annotations/train.json, annotations/val.json, train/ and val/, a '
    'data.yaml of YOLO-pose labels or its folder, or a COCO .json'
)


@dataclass(frozen=True)
class UserData:
    """Files of a data set.

    Attributes:
        train_ann: COCO annotations for training; '' if only validation was asked for.
        train_img: Folder of their images.
        val_ann: COCO annotations for validation.
        val_img: Folder of their images.
        metainfo: Config file with ``dataset_info``; None for COCO's 17 keypoints of people.
    """

    train_ann: str
    train_img: str
    val_ann: str
    val_img: str
    metainfo: str | None = None


def find_user_data(data: str, work_dir: Path, validate_only: bool = False) -> UserData:
    """Find or make the files of a data set.

    Args:
        data (str): A folder with ``annotations/*.json`` and images (also with COCO's own names); a
            ``data.yaml`` of YOLO-pose labels, or its folder, which is converted; or one annotation
            file, of which every tenth image is taken for validation.
        work_dir (Path): Files that are made go to ``work_dir/data``.
        validate_only (bool): Find the validation data alone; a single annotation file is not
            divided.

    Raises:
        UserError: If ``data`` does not exist, or something in it is missing or wrong.
    """
    path, made = Path(data), Path(work_dir) / 'data'
    if not path.exists():
        siblings = path.parent.iterdir() if path.parent.is_dir() else ()
        hint = nearest(path.name, (each.name for each in siblings))
        raise UserError(f'data set {data} does not exist.{hint}')
    if path.is_dir() and (files := annotation_files(path)):
        splits = {split_of(file) for file in files}
        if len(files) == 1 and not splits & {'train', 'val'}:
            return _of_file(files[0], made, validate_only)
        if validate_only:
            val_img, val_ann = find_layout(path, 'val')
            return UserData('', '', str(val_ann), str(val_img))
        return _of_folder(path, made)
    if path.suffix == '.json':
        return _of_file(path, made, validate_only)
    if path.suffix in ('.yaml', '.yml') or (path.is_dir() and any(path.glob('*.y*ml'))):
        return _of_labels(find_yaml(path), made, validate_only)
    raise UserError(f'{data} has no annotations: {EXPECTED}')


def _of_folder(folder: Path, made: Path) -> UserData:
    train_img, train_ann = find_layout(folder, 'train')
    val_img, val_ann = find_layout(folder, 'val')
    metainfo = _metainfo(read_coco(train_ann), train_ann, made, folder.resolve().name)
    return UserData(str(train_ann), str(train_img), str(val_ann), str(val_img), metainfo)


def _of_file(file: Path, made: Path, validate_only: bool) -> UserData:
    """Divide an annotation file."""
    content, images = read_coco(file), str(find_images(file))
    if validate_only:
        return UserData('', '', str(file), images)
    metainfo = _metainfo(content, file, made, file.stem)
    total = len(content['images'])
    count = max(1, round(VALIDATION * total))
    if total < 2:
        raise UserError(f'{file} has 1 image; training and validation need one each')
    val = {int((number + 0.5) * total / count) for number in range(count)}
    print(f'validation: {count} of {total} images of {file}, evenly spread', file=sys.stderr)
    _write_part(content, [n for n in range(total) if n not in val], made / 'annotations/train.json')
    _write_part(content, sorted(val), made / 'annotations/val.json')
    files = [str(made / f'annotations/{split}.json') for split in ('train', 'val')]
    return UserData(files[0], images, files[1], images, metainfo)


def _write_part(content: dict, positions: Sequence[int], file: Path) -> None:
    """Write the images at some positions and their annotations."""
    images = [content['images'][position] for position in positions]
    ids = {image['id'] for image in images}
    annotations = [ann for ann in content['annotations'] if ann['image_id'] in ids]
    write_json(file, {**content, 'images': images, 'annotations': annotations})


def _of_labels(path: Path, made: Path, validate_only: bool) -> UserData:
    """Convert YOLO-pose labels, unless they were converted before and have not changed."""
    schema, splits = read_data_yaml(path)
    for split in ('val',) if validate_only else ('train', 'val'):
        if split not in splits:
            raise UserError(f'{path} names no images of {split}; add "{split}: FOLDER"')
    digest = _digest(path, splits)
    note = made / CONVERTED
    if not note.is_file() or note.read_text(encoding='utf-8') != digest:
        if note.is_file():  # converted from other labels
            shutil.rmtree(made)
        with Progress('converting labels') as progress:
            converted = yolo_to_coco(path, made, on_progress=progress.update)
        for part in converted:
            for each in part.notes:
                print(f'warning: {part.split}: {each}', file=sys.stderr)
        write_bytes(note, digest.encode())
        _note_sigmas(schema, str(made / NAME))
    files = [str(made / each) for each in ('annotations/val.json', 'val')]
    if validate_only:
        return UserData('', '', *files)
    metainfo = None if is_coco(schema) and len(schema.classes) == 1 else str(made / NAME)
    train = [str(made / each) for each in ('annotations/train.json', 'train')]
    return UserData(*train, *files, metainfo)


def _digest(path: Path, splits: dict[str, list[Path]]) -> str:
    """Return a digest of a data.yaml, and of place, time and length of its images and labels."""
    found = hashlib.sha256(path.read_bytes())
    for places in splits.values():
        for image in named_images(places).values():
            for file in (image.resolve(), label_of(image)):
                stat = file.stat() if file.is_file() else None
                entry = file, stat and (stat.st_mtime_ns, stat.st_size)
                found.update(repr(entry).encode())
    return found.hexdigest()


def _metainfo(content: dict, ann_file: Path, made: Path, name: str) -> str | None:
    """Write the metainfo of an annotation file; return its path, None for people of COCO."""
    target = made / NAME
    if beside := find_metainfo(ann_file):
        copy_metainfo(beside, target)
        return str(target)
    ids = {ann.get('category_id') for ann in content['annotations'] if ann.get('keypoints')}
    if not ids:
        raise UserError(f'{ann_file} has no annotation with "keypoints"')
    ids = {1 if number is None else number for number in ids}
    listed = content['categories'] or [{'id': number} for number in sorted(ids)]
    categories = sorted((c for c in listed if c['id'] in ids), key=lambda c: c['id'])
    schema = schema_of({**content, 'categories': categories}, ann_file)
    if schema.num_keypoints == len(COCO.names) and not categories[0].get('keypoints'):
        schema.keypoints, schema.flip = COCO.names, flip_by_name(COCO.names)
    if is_coco(schema) and len(categories) == 1:
        return None
    links = _links(categories[0].get('skeleton'), schema.num_keypoints)
    write_bytes(target, metainfo_text(schema, name, links).encode())
    _note_sigmas(schema, f'a {NAME} beside {ann_file.parent}')
    return str(target)


def _note_sigmas(schema: YoloSchema, place: str) -> None:
    if not is_coco(schema) and (unknown := unknown_sigmas(schema.keypoints)):
        count = f'{len(unknown)} of {schema.num_keypoints}'
        text = f'the sigmas of {count} keypoints are set to {SIGMA}; give measured ones in {place}'
        print(text, file=sys.stderr)


def _links(skeleton: object, count: int) -> list[tuple[int, int]]:
    """Return the links of a category, which counts keypoints from 1; none if they are wrong."""
    try:
        links = [(int(a) - 1, int(b) - 1) for a, b in skeleton or ()]
    except (TypeError, ValueError):
        return []
    return links if all(0 <= end < count for link in links for end in link) else []
