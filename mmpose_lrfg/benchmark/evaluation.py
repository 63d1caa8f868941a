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
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.tables import write_text

from .zoo import Entry

KEPT = (
    'model', 'test_dataloader', 'test_cfg', 'test_evaluator', 'default_scope', 'custom_imports',
    'default_hooks', 'env_cfg', 'visualizer',
)  # fmt: skip
"""Settings of a config that a test needs."""


@dataclass(frozen=True)
class Accuracy:
    """Measured accuracy.

    Args:
        ap (float): In percent.
        data (str): Name of the data set.
        flip (bool): With flip test, as the entry's config has it.
        true_boxes (bool): On the annotated boxes, as top-down models are evaluated here.
    """

    ap: float
    data: str
    flip: bool
    true_boxes: bool

    def __str__(self) -> str:
        flip = 'flip' if self.flip else 'no flip'
        boxes = ', annotated boxes' if self.true_boxes else ''
        return f'this benchmark: {self.data}, {flip}{boxes}'


def evaluate_entry(
    entry: Entry, checkpoint: str, data: str, img_size: tuple[int, int] | None = None
) -> Accuracy:
    """Evaluate a checkpoint of an entry.

    Args:
        entry (Entry): Its config has the pipeline, the evaluator and the flip test.
        checkpoint (str): A file or an address.
        data (str): Data set as ``lrfg val --data`` takes it.
        img_size (tuple[int, int], optional): Height and width of the input.

    Raises:
        UserError: About config, data or checkpoint.
    """
    if entry.format:
        raise UserError(f'AP of {entry.name}: lrfg benchmark formats measures exported files')
    cfg = entry.read_config(img_size)
    # Detections of a detector belong to other images.
    cfg.test_dataloader.dataset.pop('bbox_file', None)
    text = Config({key: cfg[key] for key in KEPT if key in cfg}).pretty_text
    with tempfile.TemporaryDirectory() as folder:
        config, weights = Path(folder, f'{entry.name}.py'), Path(folder, 'weights.pth')
        write_text(config, text)
        torch.save(dict(state_dict=inference_state(find_checkpoint(checkpoint)), meta={}), weights)
        options = {'+experiment_name': entry.name, '+log_level': 'ERROR'}
        metrics = test(
            TestOptions(
                str(config), folder, options, checkpoint=str(weights), data=data, workers=0
            )
        )  # fmt: skip
    flip = bool(cfg.model.test_cfg.get('flip_test', False))
    return Accuracy(100 * metrics['coco/AP'], Path(data).name, flip, bool(entry.detector))


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
