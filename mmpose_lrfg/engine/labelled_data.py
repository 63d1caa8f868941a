"""The annotations that a config, or an annotation file, stands for."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from mmengine.config import Config

from mmpose_lrfg.datasets.coco import CheckedCocoDataset
from mmpose_lrfg.datasets.data_files import check_data_files, joined
from mmpose_lrfg.engine.data_check import datasets_of
from mmpose_lrfg.models.task_modules import COCO_ANCHORS, AnchorRatioAssigner
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

SIZE = (640, 640)


@dataclass
class LabelledData:
    """An annotation file with its images and its schema.

    Attributes:
        name: 'train', 'val' or 'test' of a config, or the base name of a file.
        ann_file: The COCO JSON.
        images: Folder that its file names are relative to; None: not looked at.
        metainfo: As the config has it; None: not known.
    """

    name: str
    ann_file: Path
    images: Path | None = None
    metainfo: dict | None = None


@dataclass
class Subject:
    """What a tool was told to look at.

    Attributes:
        data: The annotation files.
        input_size: Width and height of the network's input.
        anchors: (L, A, 2) of the head, pixels.
        ratio_thr: Of the assigner.
    """

    data: list[LabelledData]
    input_size: tuple[int, int] = SIZE
    anchors: np.ndarray = field(default_factory=lambda: np.array(COCO_ANCHORS, float))
    ratio_thr: float = AnchorRatioAssigner().ratio_thr


def find_subject(
    name: str, images: str | None = None, size: int | None = None, splits=('train', 'val', 'test')
) -> Subject:
    """Read what a command line names.

    Args:
        name (str): A config, or an annotation file (.json).
        images (str, optional): Images of an annotation file.
        size (int, optional): Side of the network's input.
        splits (Sequence[str]): Those of a config.

    Raises:
        UserError: If there is no such file.
    """
    if name.endswith('.json'):
        check_data_files(name, images or '')
        subject = Subject([LabelledData(Path(name).stem, Path(name), images and Path(images))])
    else:
        if images is not None:
            raise UserError('--images goes with an annotation file; a config names its own')
        subject = of_config(load_config(name), name, splits)
    if size is not None:
        subject.input_size = (size, size)
    return subject


def of_config(cfg: Config, name: str, splits) -> Subject:
    """The data sets of a config's loaders, each file once, and the head's anchors."""
    found: dict[tuple, LabelledData] = {}
    size = None
    for split in splits:
        for dataset in datasets_of(cfg.get(f'{split}_dataloader')):
            root = dataset.get('data_root')
            ann_file = joined(root, dataset['ann_file'])
            images = joined(root, (dataset.get('data_prefix') or {}).get('img'))
            check_data_files(ann_file, images, root)
            metainfo = dataset.get('metainfo')
            if metainfo is None and dataset.get('type') in ('CocoDataset', 'CheckedCocoDataset'):
                metainfo = CheckedCocoDataset.METAINFO
            key = (ann_file, images)
            found.setdefault(key, LabelledData(split, Path(ann_file), Path(images), metainfo))
            size = size or _input_size(dataset.get('pipeline') or ())
    if not found:
        raise UserError(f'config {name} names no annotation file for {" or ".join(splits)}')
    head = (cfg.get('model') or {}).get('head') or {}
    subject = Subject(list(found.values()), size or SIZE)
    if head.get('anchors'):
        subject.anchors = np.array(head['anchors'], float)
    assigner = (head.get('loss') or {}).get('assigner') or {}
    subject.ratio_thr = assigner.get('ratio_thr', subject.ratio_thr)
    return subject


def _input_size(pipeline) -> tuple[int, int] | None:
    sizes = [step['input_size'] for step in pipeline if step.get('input_size')]
    return tuple(sizes[0]) if sizes else None
