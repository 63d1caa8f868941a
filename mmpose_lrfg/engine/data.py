"""The annotation files that a config or a command line names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from mmengine.config import Config

from mmpose_lrfg.datasets.coco import CheckedCocoDataset
from mmpose_lrfg.datasets.coco_folder import AnnotationFile, find_data
from mmpose_lrfg.datasets.converters.metainfo_file import find_metainfo, read_plain_metainfo
from mmpose_lrfg.datasets.data_files import check_data_files, joined
from mmpose_lrfg.models.task_modules import COCO_ANCHORS, AnchorRatioAssigner
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.configs import dicts_in
from mmpose_lrfg.utils.data_yaml import SPLITS, is_data_yaml, split_of_mode
from mmpose_lrfg.utils.errors import UserError


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
    end of the evaluation if, say, ``area`` is missing, and it cannot read a ``data.yaml``. Without
    ``ann_file`` it uses the dataset's.
    """
    for split in splits:
        checked = {
            _paths(dataset)[0]
            for dataset in datasets_of(cfg.get(f'{split}_dataloader'))
            if dataset.get('type') == 'CheckedCocoDataset'
        }
        for metric in dicts_in(cfg.get(f'{split}_evaluator')):
            coco = metric.get('type') in ('CocoMetric', 'FastCocoMetric')
            labels = any(map(is_data_yaml, checked))
            if coco and metric.get('ann_file') and (labels or metric.ann_file in checked):
                del metric['ann_file']


def find_subject(
    name: str,
    img_dir: str | None = None,
    img_size: Sequence[int] | None = None,
    splits: Sequence[str] = SPLITS,
) -> Subject:
    """Find the annotation files that a command line names.

    Args:
        name (str): A config, or data as in :func:`find_data`.
        img_dir (str, optional): Images of an annotation file (default: found).
        img_size (Sequence[int], optional): Height and width of the network's input in pixels.
        splits (Sequence[str]): Those of a config, folder or ``data.yaml``.

    Raises:
        UserError: If there is no such file.
    """
    if Path(name).is_dir() or name.endswith(('.json', '.yaml', '.yml')):
        subject = Subject(find_data(name, splits, img_dir))
    elif img_dir is not None:
        raise UserError(f'--img-dir is for an annotation file (.json), got {name}')
    else:
        subject = _of_config(load_config(name), name, splits)
    for data in subject.data:
        beside = None if data.metainfo else find_metainfo(data.path)
        if beside:
            data.metainfo = read_plain_metainfo(beside)
        elif data.metainfo is None and is_data_yaml(data.path):
            data.metainfo = dict(from_file=str(data.path))
    if img_size is not None:
        subject.input_size = (img_size[1], img_size[0])
    return subject


def _of_config(cfg: Config, name: str, splits: Sequence[str]) -> Subject:
    """The data sets of a config's loaders, each file once, and the head's anchors."""
    check_data(cfg, splits)
    files: dict[tuple, AnnotationFile] = {}
    loaders = {split: cfg.get(f'{split}_dataloader') for split in splits}
    for split, loader in loaders.items():
        for dataset in datasets_of(loader):
            (path, images), metainfo = _paths(dataset), dataset.get('metainfo')
            labels = is_data_yaml(path)
            if metainfo is None and dataset.get('type') in ('CocoDataset', 'CheckedCocoDataset'):
                metainfo = dict(from_file=path) if labels else CheckedCocoDataset.METAINFO
            part = dataset.get('split') or split_of_mode(dataset.get('test_mode'))
            file = AnnotationFile(split, Path(path), Path(images), metainfo, part)
            files.setdefault((path, images, part if labels else ''), file)
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
    if is_data_yaml(dataset['ann_file']):  # which names its images
        return joined(root, dataset['ann_file']), ''
    return joined(root, dataset['ann_file']), joined(root, images)
