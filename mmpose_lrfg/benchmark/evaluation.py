"""Accuracy of checkpoints, by MMPose's own runner."""

import tempfile
from pathlib import Path

import torch
from mmengine.config import Config

from mmpose_lrfg.checkpoints.loading import (
    check_finite,
    compare,
    find_checkpoint,
    inference_state,
    read_checkpoint,
)
from mmpose_lrfg.engine.merge import TestOptions
from mmpose_lrfg.engine.runner import test
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.tables import write_text

from .zoo import Accuracy, Entry

KEPT = (
    'model', 'test_dataloader', 'test_cfg', 'test_evaluator', 'default_scope', 'custom_imports',
    'default_hooks', 'env_cfg', 'visualizer',
)  # fmt: skip
"""Settings of a config that a test needs."""


def evaluate_entry(
    entry: Entry, checkpoint: str, data: str, img_size: tuple[int, int] | None = None
) -> Accuracy:
    """Evaluate a checkpoint of an entry.

    Args:
        entry (Entry): Its config has the pipeline, the evaluator and the flip test. A top-down
            model gets the annotated boxes.
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
        state = inference_state(read_checkpoint(find_checkpoint(checkpoint)))
        torch.save(dict(state_dict=state, meta={}), weights)
        changes = {'+experiment_name': entry.name, '+log_level': 'ERROR'}
        options = TestOptions(str(config), folder, changes, checkpoint=str(weights), data=data)
        options.workers = 0
        metrics = test(options)
    flip = 'flip' if cfg.model.test_cfg.get('flip_test') else 'no flip'
    boxes = ', annotated boxes' if entry.detector else ''
    source = f'this benchmark: {Path(data).name}, {flip}{boxes}'
    return Accuracy(100 * metrics['coco/AP'], source)


def load_weights(model: torch.nn.Module, path: str) -> None:
    """Load a checkpoint, a file or an address, into a model.

    Raises:
        UserError: If it is of another network, or not all of its weights are finite.
    """
    state = inference_state(read_checkpoint(find_checkpoint(path)))
    check_finite(path, state)
    if mismatch := compare(state, model):
        raise UserError(f'checkpoint {path} is of another network: {mismatch}')
    model.load_state_dict(state)
