"""Accuracy of checkpoints, by MMPose's own runner."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.config import Config

from mmpose_lrfg.checkpoints.loading import (
    check_finite,
    compare,
    find_checkpoint,
    inference_state,
)
from mmpose_lrfg.engine.merge import TestOptions
from mmpose_lrfg.engine.runner import test
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.tables import write_text

from .config_changes import as_text, evaluators_of
from .zoo import Entry

TRAINING_KEYS = (
    'train_dataloader', 'train_cfg', 'val_dataloader', 'val_cfg', 'val_evaluator',
    'optim_wrapper', 'param_scheduler', 'auto_scale_lr', 'custom_hooks',
)  # fmt: skip
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


def evaluate_checkpoint(
    cfg: Config, checkpoint: str, work_dir: str | Path, name: str
) -> dict[str, float]:
    """Evaluate a checkpoint.

    Args:
        cfg (Config): Config with test data; its training settings are removed.
        checkpoint (str): A file.
        work_dir (str | Path): For the config and logs.
        name (str): Unique name of the run, because mmengine shares loggers by name.

    Returns:
        dict[str, float]: COCO's metrics by name, such as ``'AP .5'``.

    Raises:
        UserError: About config, data or checkpoint.
    """
    for key in TRAINING_KEYS:
        cfg.pop(key, None)
    path = Path(work_dir, f'{name}.py')
    write_text(path, as_text(cfg))
    options = {'+experiment_name': name, '+log_level': 'ERROR'}
    metrics = test(TestOptions(str(path), str(work_dir), options, checkpoint=checkpoint))
    return {key.removeprefix('coco/'): float(value) for key, value in metrics.items()}


def evaluate_entry(
    entry: Entry, checkpoint: str, data: str, shape: tuple[int, int] | None = None
) -> Accuracy:
    """Evaluate a checkpoint of an entry.

    Args:
        entry (Entry): Its config has the pipeline, the evaluator and the flip test.
        checkpoint (str): A file or an address.
        data (str): Config whose ``test_dataloader`` names images and annotations.
        shape (tuple[int, int], optional): Height and width of the input.

    Raises:
        UserError: About config, data or checkpoint.
    """
    if entry.format:
        raise UserError(
            f'AP of {entry.name}: python tools/compare_formats.py measures exported files'
        )
    if entry.config is None:
        raise UserError(f'{entry.name} has no config, so MMPose cannot evaluate it')
    cfg = entry.read_config(shape)
    annotations = _use_data(cfg, load_config(data))
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder, 'weights.pth')
        torch.save(dict(state_dict=inference_state(find_checkpoint(checkpoint)), meta={}), weights)
        metrics = evaluate_checkpoint(cfg, str(weights), folder, entry.name)
    flip = bool(cfg.model.test_cfg.get('flip_test', False))
    return Accuracy(100 * metrics['AP'], annotations.name, flip, bool(entry.detector))


def _use_data(cfg: Config, data: Config) -> Path:
    """Put the test data of ``data`` into ``cfg``; return the path of the annotations."""
    source = (data.get('test_dataloader') or {}).get('dataset')
    if not source:
        raise UserError('the config of --data has no test_dataloader')
    dataset = cfg.test_dataloader.dataset
    dataset.update({key: source[key] for key in DATA_KEYS if key in source})
    # Detections of a detector belong to other images.
    dataset.pop('bbox_file', None)
    annotations = Path(source.get('data_root') or '', source['ann_file'])
    for evaluator in evaluators_of(cfg, 'test'):
        if 'ann_file' in evaluator or evaluator['type'] == 'CocoMetric':
            evaluator['ann_file'] = str(annotations)
    cfg.test_dataloader.update(num_workers=0, persistent_workers=False)
    return annotations


def load_weights(model: torch.nn.Module, path: str) -> None:
    """Load a checkpoint, a file or an address, into a model.

    Raises:
        UserError: If it is of another network, or not all of its weights are finite.
    """
    state = inference_state(find_checkpoint(path))
    check_finite(path, state)
    if mismatch := compare(state, model):
        raise UserError(f'checkpoint {path} is of another network: {mismatch}')
    model.load_state_dict(state)
