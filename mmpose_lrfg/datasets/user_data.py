"""Find the files of a data set that a command line names."""

import sys
from dataclasses import dataclass
from pathlib import Path

from mmpose_lrfg.datasets.coco_folder import LAYOUTS, find_layout, open_labels
from mmpose_lrfg.datasets.coco_json import read_coco
from mmpose_lrfg.datasets.converters import yolo_to_coco
from mmpose_lrfg.datasets.converters.metainfo_file import NAME, find_metainfo, metainfo_text
from mmpose_lrfg.datasets.converters.to_yolo import schema_of
from mmpose_lrfg.runtime.files import write_bytes, write_json
from mmpose_lrfg.runtime.skeleton import COCO
from mmpose_lrfg.utils.errors import UserError, nearest
from mmpose_lrfg.utils.progress import Progress

YAML = ('.yaml', '.yml')
VALIDATION = 10  # every tenth image of a data set without a validation part


@dataclass(frozen=True)
class UserData:
    """Annotations and image folders of training and validation.

    Attributes:
        metainfo: File of keypoints and classes; None for one class with COCO's keypoints.
    """

    train_ann: str
    train_img: str
    val_ann: str
    val_img: str
    metainfo: str | None = None


def find_user_data(data: str, work_dir: Path, validate_only: bool = False) -> UserData:
    """Find the files of a data set.

    Args:
        data (str): A folder with train and val (short names, or COCO's own); a ``data.yaml`` of
            YOLO-pose labels or its folder, which are converted into ``work_dir/data``; or one COCO
            JSON, of which every tenth image becomes the validation part.
        work_dir (Path): Folder for what has to be written.
        validate_only (bool): Take the whole of one JSON for validation.

    Raises:
        UserError: If there is no such data set, or its annotations are wrong.
    """
    path = Path(data)
    if not path.exists():
        beside = path.parent.iterdir() if path.parent.is_dir() else ()
        hint = nearest(path.name, [each.name for each in beside])
        raise UserError(f'data set {data} does not exist.{hint}')
    if path.suffix in YAML or (path.is_dir() and _is_yolo(path)):
        path = _converted(path, work_dir / 'data')
    if path.is_dir():
        parts = [find_layout(path, name) for name in ('train', 'val')]
        files = [str(each.resolve()) for images, ann in parts for each in (ann, images)]
    elif path.suffix == '.json':
        split = open_labels(path)
        images = str(split.images.resolve())
        if validate_only:
            return UserData(str(path.resolve()), images, str(path.resolve()), images)
        train, val = _divided(split.content, path, work_dir)
        files = [train, images, val, images]
    else:
        raise UserError(f'{data} is no data set: give a folder, data.yaml or COCO .json')
    return UserData(*files, metainfo=_metainfo(Path(files[0]), path, work_dir))


def _is_yolo(folder: Path) -> bool:
    """Whether a folder has a .yaml file and no annotations in COCO's layout."""
    coco = any((folder / ann.format('train')).is_file() for _, ann in LAYOUTS)
    return not coco and any(each.suffix in YAML for each in folder.iterdir())


def _converted(source: Path, folder: Path) -> Path:
    """Return the COCO folder of YOLO-pose labels, converted unless it was before."""
    if not (folder / NAME).is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with Progress('converting labels') as progress:
            for part in yolo_to_coco(source, folder, on_progress=progress.update):
                print(part.summary, file=sys.stderr)
    return folder


def _divided(content: dict, path: Path, work_dir: Path) -> tuple[str, str]:
    """Write every tenth image as the validation part, the others for training."""
    images = content['images']
    if len(images) < 2:
        raise UserError(f'{path} has {len(images)} images; training needs 2 or more')
    step = min(VALIDATION, len(images))
    chosen = {image['id'] for image in images[step - 1 :: step]}
    names = []
    for name, taken in (('train', False), ('val', True)):
        part = [image for image in images if (image['id'] in chosen) == taken]
        anns = [ann for ann in content['annotations'] if (ann['image_id'] in chosen) == taken]
        file = work_dir / 'annotations' / f'{name}.json'
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json(file, {**content, 'images': part, 'annotations': anns})
        names.append(str(file.resolve()))
    print(f'{path}: {len(chosen)} of {len(images)} images are for validation', file=sys.stderr)
    return names[0], names[1]


def _metainfo(annotations: Path, source: Path, work_dir: Path) -> str | None:
    """Return the file of keypoints and classes, written if the data set has none."""
    beside = find_metainfo(annotations) or find_metainfo(source)
    if beside:
        return str(beside.resolve())
    content = read_coco(annotations)
    schema = schema_of(content, annotations)
    if schema.num_keypoints == len(COCO.names) and len(schema.classes) == 1:
        return None
    path = work_dir / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, metainfo_text(schema, 'custom').encode())
    print(f'{path}: keypoints and classes of the data; check its sigmas', file=sys.stderr)
    return str(path.resolve())
