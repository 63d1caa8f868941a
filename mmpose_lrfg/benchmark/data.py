"""Data sets as command lines name them."""

from pathlib import Path

from mmpose_lrfg.datasets.checks.annotations import check
from mmpose_lrfg.datasets.checks.rules import refuse_errors
from mmpose_lrfg.datasets.coco_folder import AnnotationFile, find_data, find_images
from mmpose_lrfg.datasets.data_files import name_inside
from mmpose_lrfg.runtime.skeleton import COCO
from mmpose_lrfg.synthetic import make_dataset
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import COCO_METAINFO
from mmpose_lrfg.utils.progress import Progress


def open_labels(data: str | Path, images: str | Path | None = None) -> AnnotationFile:
    """Read the annotations of people for an evaluation, and find their images.

    Args:
        data (str | Path): As in :func:`find_data`; of several splits, val is taken.
        images (str | Path, optional): Images of a single annotation file (default: found).

    Raises:
        UserError: If one of them does not exist, images are missing, or annotations are wrong.
    """
    file = find_data(data, ('val',), images)[0]
    path, content = file.path, file.read()
    folder = file.images or find_images(path)
    if not folder.is_dir():
        raise UserError(f'{folder} is not a folder of images')
    refuse_errors(path, check(content, len(COCO)), also=['num_keypoints'])
    missing = []
    for number, image in enumerate(content['images']):
        where = f'{path}: images[{number}].file_name'
        image['file_name'] = name_inside(folder, image['file_name'], where)
        if not (folder / image['file_name']).is_file():
            missing.append(image['file_name'])
    if missing:
        raise UserError(
            f'{len(missing)} of {len(content["images"])} images of {path} are not in {folder}, '
            f'e.g. {missing[0]}'
        )
    return file


def training_data(data: str, img_dir: str | None = None) -> dict:
    """Return the config of a dataset without a pipeline, of the training part of ``data``.

    Raises:
        UserError: As :func:`find_data`.
    """
    file = find_data(data, ('train',), img_dir)[0]
    return dict(
        type='CheckedCocoDataset',
        data_mode='bottomup',
        metainfo=COCO_METAINFO,
        ann_file=str(file.path),
        data_prefix=dict(img=str(file.images or '')),
    )


def render_people(folder: str, images: int, size: int) -> str:
    """Render a data set of people into a folder; return the folder."""
    with Progress('rendering', images) as progress:
        make_dataset(folder, images, 1, size=size, on_progress=progress.update)
    return folder
