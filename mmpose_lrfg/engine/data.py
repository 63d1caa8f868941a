"""The annotation files that a config or a command line names."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from mmengine.config import Config

from mmpose_lrfg.datasets.coco import CheckedCocoDataset
from mmpose_lrfg.datasets.coco_folder import SPLITS, annotation_files, find_images, find_splits
from mmpose_lrfg.datasets.converters import yolo_to_coco
from mmpose_lrfg.datasets.converters.metainfo_file import find_metainfo, read_plain_metainfo
from mmpose_lrfg.datasets.data_files import check_data_files, joined
from mmpose_lrfg.models.task_modules import COCO_ANCHORS, AnchorRatioAssigner
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.configs import dicts_in
from mmpose_lrfg.utils.errors import UserError


@dataclass
class AnnotationFile:
    """An annotation file with its images and metainfo.

    Attributes:
        name: 'train', 'val' or 'test' of a config, or the base name of a file.
        ann_file: The COCO JSON.
        images: Folder of the images; None if unknown.
        metainfo: The metainfo in the config; None if unknown.
    """

    name: str
    ann_file: Path
    images: Path | None = None
    metainfo: dict | None = None


@dataclass
class Subject:
    """Annotation files and the settings of the head by which they are checked.

    Attributes:
        data: The annotation files.
        input_size: Width and height of the network's input.
        anchors: (L, A, 2) of the head, pixels.
        ratio_thr: Of the assigner.
    """

    data: list[AnnotationFile]
    input_size: tuple[int, int] = (640, 640)
    anchors: np.ndarray = field(default_factory=lambda: np.array(COCO_ANCHORS, float))
    ratio_thr: float = AnchorRatioAssigner().ratio_thr


def datasets_of(dataloader: dict | None) -> Iterator[dict]:
    """Yield the plain datasets in a data loader's config, also those inside wrappers."""
    return (node for node in dicts_in(dataloader) if node.get('ann_file'))


def check_data(cfg: Config, splits: Sequence[str]) -> None:
    """Check that the annotation files and image folders of the splits exist.

    Args:
        cfg (Config): The config.
        splits (Sequence[str]): Of 'train', 'val', 'test'.

    Raises:
        UserError: Naming the first file or folder that is missing.
    """
    for split in splits:
        for dataset in datasets_of(cfg.get(f'{split}_dataloader')):
            check_data_files(*_paths(dataset), dataset.get('data_root'))


def share_checked_annotations(cfg: Config, splits: Sequence[str]) -> None:
    """Let ``CocoMetric`` use the annotations that ``CheckedCocoDataset`` completed, in place.

    A metric with the ``ann_file`` of such a dataset would read the file itself and fail at the
    end of the evaluation if, say, ``area`` is missing. Without ``ann_file`` it uses the dataset's.
    """
    for split in splits:
        checked = {
            _paths(dataset)[0]
            for dataset in datasets_of(cfg.get(f'{split}_dataloader'))
            if dataset.get('type') == 'CheckedCocoDataset'
        }
        for metric in dicts_in(cfg.get(f'{split}_evaluator')):
            coco = metric.get('type') in ('CocoMetric', 'FastCocoMetric')
            if coco and metric.get('ann_file') in checked:
                del metric['ann_file']


def find_subject(
    name: str,
    folder: str | Path,
    img_dir: str | None = None,
    img_size: Sequence[int] | None = None,
    splits: Sequence[str] = SPLITS,
) -> Subject:
    """Find the annotation files that a command line names.

    Args:
        name (str): A config; an annotation file (.json); a folder with ``annotations/*.json``; or
            a ``data.yaml`` of YOLO-pose labels or its folder.
        folder (str | Path): Existing folder, for labels that are converted.
        img_dir (str, optional): Images of an annotation file (default: found).
        img_size (Sequence[int], optional): Height and width of the network's input in pixels.
        splits (Sequence[str]): Those of a config or folder.

    Raises:
        UserError: If there is no such file, or labels cannot be converted.
    """
    path = Path(name)
    if img_dir is not None and path.suffix != '.json':
        raise UserError(f'--img-dir is for an annotation file (.json), got {name}')
    if path.suffix == '.json':
        check_data_files(name, img_dir or '')
        subject = Subject([AnnotationFile(path.stem, path, img_dir and Path(img_dir))])
        if img_dir is None:
            with contextlib.suppress(UserError):  # images are not checked then
                subject.data[0].images = find_images(path)
    elif path.is_dir() and annotation_files(path):
        subject = _of_folder(path, splits)
    elif path.is_dir() or path.suffix in ('.yaml', '.yml'):
        converted = Path(folder, 'converted')
        yolo_to_coco(path, converted)
        subject = _of_folder(converted, splits)
    else:
        subject = _of_config(load_config(name), name, splits)
    for data in subject.data:
        beside = None if data.metainfo else find_metainfo(data.ann_file)
        data.metainfo = read_plain_metainfo(beside) if beside else data.metainfo
    if img_size is not None:
        subject.input_size = (img_size[1], img_size[0])
    return subject


def _of_folder(folder: Path, splits: Sequence[str]) -> Subject:
    files = find_splits(folder, splits).items()
    return Subject([AnnotationFile(split, file, images) for split, (images, file) in files])


def _of_config(cfg: Config, name: str, splits: Sequence[str]) -> Subject:
    """The data sets of a config's loaders, each file once, and the head's anchors."""
    check_data(cfg, splits)
    files: dict[tuple, AnnotationFile] = {}
    loaders = {split: cfg.get(f'{split}_dataloader') for split in splits}
    for split, loader in loaders.items():
        for dataset in datasets_of(loader):
            paths, metainfo = _paths(dataset), dataset.get('metainfo')
            if metainfo is None and dataset.get('type') in ('CocoDataset', 'CheckedCocoDataset'):
                metainfo = CheckedCocoDataset.METAINFO
            files.setdefault(paths, AnnotationFile(split, *map(Path, paths), metainfo))
    if not files:
        raise UserError(f'config {name} names no annotation file for {" or ".join(splits)}')
    subject = Subject(list(files.values()))
    for node in dicts_in(list(loaders.values())):
        if node.get('input_size'):
            subject.input_size = tuple(node['input_size'])
            break
    head = (cfg.get('model') or {}).get('head') or {}
    if head.get('anchors'):
        subject.anchors = np.array(head['anchors'], float)
    subject.ratio_thr = (head.get('assigner') or {}).get('ratio_thr', subject.ratio_thr)
    return subject


def _paths(dataset: dict) -> tuple[str, str]:
    """Annotation file and image folder of a dataset's config."""
    root = dataset.get('data_root')
    images = (dataset.get('data_prefix') or {}).get('img')
    return joined(root, dataset['ann_file']), joined(root, images)
