"""The configs that ship do what their names say."""

import json
import re
from pathlib import Path

import labelled_people as people
import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmpose.registry import TRANSFORMS

from mmpose_lrfg import register  # noqa: F401
from mmpose_lrfg.weights import BY_NAME

CONFIGS = Path(__file__).parents[1] / 'configs'
# network_GPUSxbBATCH-EPOCHSe_data-pixels
NAME = re.compile(r'_\d+xb(\d+)-(\d+)e_\w+-(\d+)')
NAMED = [path for path in sorted(CONFIGS.glob('*/*.py')) if NAME.search(path.stem)]


def input_sizes(transform: dict) -> set:
    """Those of a transform and of all transforms inside."""
    inner = [t for several in transform.get('transforms', ()) for t in several]
    found = {tuple(transform['input_size'])} if 'input_size' in transform else set()
    return found.union(*map(input_sizes, inner))


@pytest.mark.parametrize('path', NAMED, ids=lambda path: path.stem)
def test_the_name_is_true(path):
    batch, epochs, pixels = map(int, NAME.search(path.stem).groups())
    cfg = Config.fromfile(path)
    training = cfg.train_dataloader
    assert training.batch_size == batch
    assert cfg.train_cfg.max_epochs == epochs
    pipeline = training.dataset.pipeline
    assert set().union(*map(input_sizes, pipeline)) == {(pixels, pixels)}
    with DefaultScope.overwrite_default_scope('mmpose'):
        for transform in pipeline:
            TRANSFORMS.build(transform)
    # Labels are read where the metric reads them.
    testing = cfg.test_dataloader.dataset
    assert cfg.test_evaluator.ann_file == testing.data_root + testing.ann_file
    assert all(
        s.get('end', 0) <= epochs for s in cfg.param_scheduler or [] if s.get('by_epoch', True)
    )


def test_there_are_some():
    assert {path.parent.name for path in NAMED} >= {'lrfg', 'yolopose', 'examples'}


@pytest.mark.parametrize('folder', ['lrfg', 'yolopose', 'ablation'])
def test_evaluation_looks_at_all_scores_that_yolopose_looks_at(folder):
    thresholds = {
        Config.fromfile(p).model.test_cfg.score_thr for p in CONFIGS.glob(f'{folder}/*.py')
    }
    assert thresholds == {0.001}


@pytest.mark.parametrize('weights', BY_NAME.values(), ids=BY_NAME)
def test_the_released_weights_are_evaluated_by_their_config(weights, tmp_path, run_job):
    labels = people.write(tmp_path / 'set', [[people.person(80, 60)], [people.person(60, 70)]])
    options = [
        f'test_dataloader.dataset.data_root={tmp_path / "set"}',
        'test_dataloader.dataset.ann_file=annotations/val.json',
        'test_dataloader.dataset.data_prefix.img=val/',
        'test_dataloader.num_workers=0',
        'test_dataloader.persistent_workers=False',
        f'test_evaluator.ann_file={labels}',
    ]
    files = (weights.config, weights.path(), '--work-dir', tmp_path)
    assert run_job('test', *files, '--out', tmp_path / 'metrics.json', options=options) == 0
    assert 0 <= json.loads((tmp_path / 'metrics.json').read_text())['coco/AP'] <= 1
