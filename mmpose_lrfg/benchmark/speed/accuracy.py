"""AP of a model on the user's test data, by MMPose's own runner."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.config import Config

from mmpose_lrfg.benchmark.config_changes import evaluators_of
from mmpose_lrfg.benchmark.evaluation import evaluate_checkpoint
from mmpose_lrfg.benchmark.zoo import Entry
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

from .backends import read_weights
from .settings import Settings

DATA_KEYS = ('type', 'data_root', 'ann_file', 'data_prefix', 'metainfo', 'filter_cfg')


@dataclass(frozen=True)
class Accuracy:
    """Measured accuracy.

    Args:
        ap (float): In percent.
        images (str): File of the annotations.
        flip (bool): With flip test, as the entry's config has it.
        true_boxes (bool): On the annotated boxes, as top-down models are evaluated here.
    """

    ap: float
    images: str
    flip: bool
    true_boxes: bool

    def __str__(self) -> str:
        flip = 'flip' if self.flip else 'no flip'
        boxes = ', annotated boxes' if self.true_boxes else ''
        return f'measured here: {self.images}, {flip}{boxes}'


def evaluate(entry: Entry, settings: Settings) -> Accuracy:
    """Evaluate the checkpoint of an entry on the test data of ``settings.data``.

    Raises:
        UserError: About config, data or checkpoint.
    """
    checkpoint = settings.checkpoints.get(entry.name)
    if entry.format:
        raise UserError(
            f'AP of {entry.name}: python tools/compare_formats.py measures exported files'
        )
    if entry.config is None:
        raise UserError(f'{entry.name} has no config, so MMPose cannot evaluate it')
    if not checkpoint:
        raise UserError(f'{entry.name} has no checkpoint; give --checkpoint {entry.name}=FILE')
    cfg = entry.read_config(settings.shape)
    annotations = use_data(cfg, load_config(settings.data))
    flip = bool(cfg.model.test_cfg.get('flip_test', False))
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder, 'weights.pth')
        torch.save(dict(state_dict=read_weights(checkpoint), meta={}), weights)
        metrics = evaluate_checkpoint(cfg, str(weights), folder, entry.name)
    return Accuracy(100 * metrics['AP'], Path(annotations).name, flip, bool(entry.detector))


def use_data(cfg: Config, data: Config) -> str:
    """Put the test data of ``data`` into ``cfg``; return the path of the annotations."""
    source = (data.get('test_dataloader') or {}).get('dataset')
    if not source:
        raise UserError('the config of --data has no test_dataloader')
    dataset = cfg.test_dataloader.dataset
    dataset.update({key: source[key] for key in DATA_KEYS if key in source})
    # Detections of a detector belong to other images.
    dataset.pop('bbox_file', None)
    annotations = str(Path(source.get('data_root') or '', source['ann_file']))
    for evaluator in evaluators_of(cfg, 'test'):
        if 'ann_file' in evaluator or evaluator['type'] == 'CocoMetric':
            evaluator['ann_file'] = annotations
    cfg.test_dataloader.update(num_workers=0, persistent_workers=False)
    return annotations
