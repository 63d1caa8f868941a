"""Makes ready the training and validation data that a command line names."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmpose_lrfg.datasets.coco_folder import AnnotationFile, find_data, find_images
from mmpose_lrfg.datasets.converters.metainfo_file import (
    NAME,
    copied_metainfo,
    find_metainfo,
    metainfo_text,
)
from mmpose_lrfg.datasets.converters.to_yolo import schema_of
from mmpose_lrfg.runtime.files import write_bytes, write_json
from mmpose_lrfg.runtime.skeleton import COCO
from mmpose_lrfg.utils.data_yaml import SPLITS, YoloSchema, is_data_yaml, read_schema
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import (
    SIGMA,
    dataset_info,
    dataset_info_of,
    flip_by_name,
    is_coco,
    unknown_sigmas,
)

VALIDATION = 0.1  # part of the images of a single annotation file


@dataclass(frozen=True)
class UserData:
    """Files of a data set.

    Attributes:
        train_ann: COCO annotations or ``data.yaml`` for training; '' if only validation was asked
            for.
        train_img: Folder of their images; '' with a ``data.yaml``, which names them.
        val_ann: COCO annotations or ``data.yaml`` for validation.
        val_img: Folder of their images, as for training.
        metainfo: Config file with ``dataset_info``; None for COCO's 17 keypoints of people.
    """

    train_ann: str
    train_img: str
    val_ann: str
    val_img: str
    metainfo: str | None = None


def find_user_data(data: str, work_dir: Path, validate_only: bool = False) -> UserData:
    """Find the files of a data set; write its metainfo, and the parts of a single file.

    Args:
        data (str): As in :func:`find_data`. Of a single annotation file, every tenth image is taken
            for validation.
        work_dir (Path): Files that are made go to ``work_dir/data``.
        validate_only (bool): Find the validation data alone; a single annotation file is not
            divided.

    Raises:
        UserError: If ``data`` does not exist, or something in it is missing or wrong.
    """
    made = Path(work_dir) / 'data'
    val = find_data(data, ('val',))[0]
    if validate_only:
        return UserData('', '', *_paths(val))
    if Path(data).suffix == '.json' or val.name not in SPLITS:
        return _of_file(val, made)
    train = find_data(data, ('train',))[0]
    return UserData(*_paths(train), *_paths(val), _metainfo(train, made, Path(data).resolve().name))


def _paths(file: AnnotationFile) -> tuple[str, str]:
    """Return annotation file and image folder."""
    images = '' if is_data_yaml(file.path) else file.images or find_images(file.path)
    return str(file.path), str(images)


def _of_file(file: AnnotationFile, made: Path) -> UserData:
    """Divide an annotation file."""
    content, (path, images) = file.read(), _paths(file)
    metainfo = _metainfo(file, made, file.path.stem)
    total = len(content['images'])
    count = max(1, round(VALIDATION * total))
    if total < 2:
        raise UserError(f'{path} has 1 image; training and validation need one each')
    val = {int((number + 0.5) * total / count) for number in range(count)}
    print(f'validation: {count} of {total} images of {path}, evenly spread', file=sys.stderr)
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


def _metainfo(file: AnnotationFile, made: Path, name: str) -> str | None:
    """Write the metainfo of an annotation file; return its path, None for people of COCO."""
    target = made / NAME
    if beside := find_metainfo(file.path):
        write_bytes(target, copied_metainfo(beside).encode())
        return str(target)
    if is_data_yaml(file.path):
        schema, info = read_schema(file.path), dataset_info_of(file.path)
    else:
        schema, links = _of_categories(file.content or file.read(), file.path)
        info = dataset_info(schema, name, links)
    if is_coco(schema) and len(schema.classes) == 1:
        return None
    write_bytes(target, metainfo_text(info).encode())
    if not is_coco(schema) and (unknown := unknown_sigmas(schema.keypoints)):
        place = file.path if is_data_yaml(file.path) else file.path.parent
        print(
            f'the sigmas of {len(unknown)} of {schema.num_keypoints} keypoints are set to {SIGMA}; '
            f'give measured ones in a {NAME} beside {place}',
            file=sys.stderr,
        )
    return str(target)


def _of_categories(content: dict, path: Path) -> tuple[YoloSchema, list[tuple[int, int]]]:
    """Return classes and keypoints of the categories with keypoints, and links."""
    ids = {ann.get('category_id') for ann in content['annotations'] if ann.get('keypoints')}
    if not ids:
        raise UserError(f'{path} has no annotation with "keypoints"')
    ids = {1 if number is None else number for number in ids}
    listed = content['categories'] or [{'id': number} for number in sorted(ids)]
    categories = sorted((c for c in listed if c['id'] in ids), key=lambda c: c['id'])
    schema = schema_of({**content, 'categories': categories}, path)
    if schema.num_keypoints == len(COCO.names) and not categories[0].get('keypoints'):
        schema.keypoints, schema.flip = COCO.names, flip_by_name(COCO.names)
    return schema, _links(categories[0].get('skeleton'), schema.num_keypoints)


def _links(skeleton: object, count: int) -> list[tuple[int, int]]:
    """Return the links of a category, which counts keypoints from 1; none if they are wrong."""
    try:
        links = [(int(a) - 1, int(b) - 1) for a, b in skeleton or ()]
    except (TypeError, ValueError):
        return []
    return links if all(0 <= end < count for link in links for end in link) else []
