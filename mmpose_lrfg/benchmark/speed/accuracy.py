"""AP of a model on a data set of the user, by MMPose's own runner."""

import tempfile
from pathlib import Path

import torch
from mmengine.config import Config

from mmpose_lrfg.benchmark.budget import drop_training
from mmpose_lrfg.benchmark.cost import config_of
from mmpose_lrfg.benchmark.entry import Entry
from mmpose_lrfg.cli.arguments import parse_test_args
from mmpose_lrfg.engine.runner import test
from mmpose_lrfg.utils.config_files import load_config
from mmpose_lrfg.utils.errors import UserError

from .ways import Options
from .weights import read_weights

DATA_KEYS = ('type', 'data_root', 'ann_file', 'data_prefix', 'metainfo', 'filter_cfg')


def evaluate(entry: Entry, options: Options, data: str) -> dict:
    """Evaluate a checkpoint.

    Args:
        entry (Entry): Whose config has the pipeline, the evaluator's scores and flip.
        options (Options): With a checkpoint.
        data (str): A config whose ``test_dataloader`` names images and annotations.

    Returns:
        dict: ``ap`` in percent, ``images`` (the annotations evaluated on), ``flip``, and ``boxes``:
        ``'true'`` for a top-down model, which is given the annotated ones.

    Raises:
        UserError: About config, data or checkpoint.
    """
    if entry.format:
        raise UserError(
            f'AP of {entry.name}: python tools/compare_formats.py measures exported files'
        )
    if entry.config is None:
        raise UserError(f'{entry.name} has no config, so MMPose cannot evaluate it')
    if not options.checkpoint:
        raise UserError(f'{entry.name} has no checkpoint; give --checkpoint {entry.name}=FILE')
    cfg = config_of(entry, options.shape)
    annotations = take_data(cfg, load_config(data))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f'{entry.name}.py')
        cfg.dump(path)
        weights = Path(folder, 'weights.pth')
        torch.save(dict(state_dict=read_weights(options.checkpoint), meta={}), weights)
        metrics = test(parse_test_args([str(path), str(weights), '--work-dir', folder]))
    return dict(
        ap=100 * metrics['coco/AP'],
        images=Path(annotations).name,
        flip=bool(cfg.model.test_cfg.get('flip_test', False)),
        boxes='true' if entry.detector else '',
    )


def take_data(cfg: Config, data: Config) -> str:
    """Put the test data of ``data`` into ``cfg``; return the path of the annotations."""
    source = (data.get('test_dataloader') or {}).get('dataset')
    if not source:
        raise UserError('the config of --data has no test_dataloader')
    dataset = cfg.test_dataloader.dataset
    for key in DATA_KEYS:
        if key in source:
            dataset[key] = source[key]
    # Detections of somebody's detector belong to other images.
    dataset.pop('bbox_file', None)
    annotations = str(Path(source.get('data_root') or '', source['ann_file']))
    evaluators = cfg.test_evaluator
    for evaluator in evaluators if isinstance(evaluators, list) else [evaluators]:
        if 'ann_file' in evaluator or evaluator['type'] == 'CocoMetric':
            evaluator['ann_file'] = annotations
    cfg.test_dataloader.update(num_workers=0, persistent_workers=False)
    drop_training(cfg)
    return annotations
