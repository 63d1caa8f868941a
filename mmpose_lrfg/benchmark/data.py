"""Data sets as command lines name them."""

import tempfile
from pathlib import Path

from mmpose_lrfg.datasets.coco_folder import Split, open_labels
from mmpose_lrfg.datasets.user_data import find_user_data
from mmpose_lrfg.synthetic import make_dataset
from mmpose_lrfg.utils.progress import Progress


def open_data(data: str, img_dir: str | None = None) -> Split:
    """Open COCO keypoint JSON, or the validation part of a folder or ``data.yaml``.

    Raises:
        UserError: If annotations or images (``img_dir``, by default found) are missing or wrong.
    """
    if data.endswith('.json') or Path(data, 'annotations').is_dir():
        return open_labels(data, img_dir)
    # Labels of YOLO are converted.
    with tempfile.TemporaryDirectory() as folder:
        found = find_user_data(data, Path(folder), validate_only=True)
        return open_labels(found.val_ann, img_dir or found.val_img)


def open_training_data(data: str, folder: str, img_dir: str | None = None) -> dict:
    """Return the config of a dataset without a pipeline, of the training part of ``data``.

    ``folder`` gets converted annotations; the rest is as in :func:`open_data`.
    """
    if data.endswith('.json'):
        split = open_labels(data, img_dir)
        ann_file, images = split.annotations, split.images
    else:
        found = find_user_data(data, Path(folder))
        ann_file, images = found.train_ann, found.train_img
    prefix = dict(img=str(images))
    return dict(
        type='CheckedCocoDataset', data_mode='bottomup', ann_file=str(ann_file), data_prefix=prefix
    )


def render_people(folder: str, images: int, size: int) -> str:
    """Render a data set of people into a folder; return the folder."""
    with Progress('rendering', images) as progress:
        make_dataset(folder, images, 1, size=size, on_progress=progress.update)
    return folder
