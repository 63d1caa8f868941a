"""The configs build, are shallow, and have the settings that their names promise."""

import functools
import json
import re
from pathlib import Path

import labelled_people as people
import mmdet.models  # noqa: F401
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, TRANSFORMS, DefaultScope

from mmpose_lrfg import register  # noqa: F401
from mmpose_lrfg.utils.configs import dicts_in
from mmpose_lrfg.weights import BY_NAME

CONFIGS = Path(__file__).parents[1] / 'configs'
# network_GPUSxbBATCH-EPOCHSe_data-pixels
NAME = re.compile(r'_\d+xb(\d+)-(\d+)e_\w+-(\d+)')
WHOLE = [
    path
    for path in sorted(CONFIGS.rglob('*.py'))
    if '_base_' not in path.parts and 'metainfo' not in path.stem
]
NAMED = [path for path in WHOLE if NAME.search(path.stem)]
PARAMETERS = {
    'net1_yolopose': 15_114_860,
    'net2_fgcspp': 21_543_020,
    'net3_sca': 14_270_396,
    'net4_implicit': 13_941_272,
    'net5_fgcspp_sca': 20_698_556,
    'net6_fgcspp_implicit': 20_369_432,
    'net7_sca_implicit': 13_096_808,
    'net8_lrfg': 19_524_968,
}

each_config = pytest.mark.parametrize('path', WHOLE, ids=lambda path: path.stem)
load = functools.cache(Config.fromfile)
COUNTED = {}


def depth(path):
    """Number of files below a config on its longest way through ``_base_``; ours alone."""
    bases = [path.parent / name for name in Config._get_base_files(path) if '::' not in name]
    return max((1 + depth(base) for base in bases), default=0)


def count_parameters(path):
    """Build the model without memory for its weights; equal models once."""
    cfg = load(path)
    key = str(cfg.model)
    if key not in COUNTED:
        with DefaultScope.overwrite_default_scope(cfg.default_scope), torch.device('meta'):
            COUNTED[key] = sum(p.numel() for p in MODELS.build(cfg.model).parameters())
    return COUNTED[key]


def input_sizes(node):
    return {tuple(d['input_size']) for d in dicts_in(node) if 'input_size' in d}


def test_there_are_all_folders():
    assert {path.relative_to(CONFIGS).parts[0] for path in WHOLE} == {
        'ablation', 'comparison', 'examples', 'higherhrnet', 'lrfg', 'yolopose',
    }  # fmt: skip
    assert {path.stem for path in WHOLE if path.parent.name == 'ablation'} == set(PARAMETERS)


@each_config
def test_it_has_three_levels_of_bases_at_most(path):
    assert depth(path) <= 3


@each_config
def test_model_and_pipelines_build(path):
    count = count_parameters(path)
    assert count == PARAMETERS.get(path.stem, count) > 0
    cfg = load(path)
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        for split in ('train', 'val', 'test'):
            dataset = (cfg.get(f'{split}_dataloader') or {}).get('dataset') or {}
            for transform in dataset.get('pipeline') or ():
                TRANSFORMS.build(transform)


@pytest.mark.parametrize('path', NAMED, ids=lambda path: path.stem)
def test_the_name_is_true(path):
    batch, epochs, pixels = map(int, NAME.search(path.stem).groups())
    cfg = load(path)
    assert cfg.train_dataloader.batch_size == batch
    assert cfg.train_cfg.max_epochs == epochs
    sizes = {cfg.input_size} | input_sizes(cfg.train_dataloader) | input_sizes(cfg.default_hooks)
    assert sizes == {(pixels, pixels)}
    if 'small_data' not in path.parts:
        assert input_sizes(cfg.test_dataloader) == sizes
    # Labels are read where the metric reads them.
    testing = cfg.test_dataloader.dataset
    assert cfg.test_evaluator.ann_file == testing.data_root + testing.ann_file
    assert all(
        s.get('end', 0) <= epochs for s in cfg.param_scheduler or [] if s.get('by_epoch', True)
    )


@pytest.mark.parametrize('folder', ['lrfg', 'yolopose', 'ablation'])
def test_evaluation_looks_at_all_scores_that_yolopose_looks_at(folder):
    thresholds = {load(path).model.test_cfg.score_thr for path in WHOLE if folder in path.parts}
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
