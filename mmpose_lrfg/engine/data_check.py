"""Looks for the data that a config names before the model is built."""

from collections.abc import Iterator
from typing import Any

from mmengine.config import Config

from mmpose_lrfg.datasets.data_files import check_data_files, joined


def datasets_of(dataloader: dict | None) -> Iterator[dict]:
    """Yield the plain datasets in a data loader's config, also those inside wrappers."""
    waiting = [(dataloader or {}).get('dataset')]
    while waiting:
        dataset = waiting.pop()
        if not isinstance(dataset, dict):
            continue
        if dataset.get('ann_file'):
            yield dataset
        waiting.append(dataset.get('dataset'))
        inner = dataset.get('datasets')
        waiting.extend(inner if isinstance(inner, (list, tuple)) else [])


def check_data(cfg: Config, splits: tuple[str, ...]) -> None:
    """Check that the files of the named splits exist.

    Args:
        cfg (Config): The config.
        splits (tuple[str]): Of 'train', 'val', 'test'.

    Raises:
        UserError: Naming the first file or folder that is missing.
    """
    for split in splits:
        for dataset in datasets_of(cfg.get(f'{split}_dataloader')):
            root = dataset.get('data_root')
            prefix = (dataset.get('data_prefix') or {}).get('img')
            check_data_files(joined(root, dataset['ann_file']), joined(root, prefix), root)


def share_checked_annotations(cfg: Config, splits: tuple[str, ...]) -> None:
    """Let ``CocoMetric`` score against the annotations that the dataset checked and completed.

    A ``CocoMetric`` with the ``ann_file`` of a ``CheckedCocoDataset`` reads the file itself and
    fails at the end of the evaluation if, say, ``area`` is missing. Without ``ann_file`` it takes
    the dataset's. Changes ``cfg`` in place.
    """
    for split in splits:
        checked = {
            joined(dataset.get('data_root'), dataset['ann_file'])
            for dataset in datasets_of(cfg.get(f'{split}_dataloader'))
            if dataset.get('type') == 'CheckedCocoDataset'
        }
        evaluators: Any = cfg.get(f'{split}_evaluator') or []
        for evaluator in [evaluators] if isinstance(evaluators, dict) else evaluators:
            known = evaluator.get('type') in ('CocoMetric', 'FastCocoMetric')
            if known and evaluator.get('ann_file') in checked:
                del evaluator['ann_file']
