"""The recipe of the published AP, one command a step, on a tiny COCO and a narrow network."""

import official_coco
import pytest
import torch

from mmpose_lrfg.benchmark.ablation import plan
from mmpose_lrfg.benchmark.ablation_configs import Budget, find_networks
from mmpose_lrfg.datasets import image_cache
from mmpose_lrfg.engine.recipe import Changes
from mmpose_lrfg.visualization.curves import read_scalars


@pytest.fixture
def narrow(tmp_path, monkeypatch):
    """Options that make a training of two iterations out of a config."""
    monkeypatch.setattr(image_cache, 'SHARED_MEMORY', str(tmp_path))
    coco = official_coco.write(tmp_path / 'coco')
    options = {'default_hooks.run_figures': None, '+randomness.seed': 0}
    for part in ('backbone', 'neck', 'head.head_module'):
        options[f'model.{part}.widen_factor'] = 0.0625
    for split in ('train', 'val'):
        loader = f'{split}_dataloader'
        options |= {f'{loader}.dataset.data_root': f'{coco}/', f'{loader}.batch_size': 1}
        options |= {f'{loader}.num_workers': 0, f'{loader}.persistent_workers': False}
    ann_file = coco / 'annotations/person_keypoints_val2017.json'
    return options | {'val_evaluator.ann_file': str(ann_file)}


def test_a_detector_first_and_the_pose_model_from_it(narrow, run_job, tmp_path):
    def train(kind, **options):
        options = [f'{name}={value}' for name, value in {**narrow, **options}.items()]
        config, work = f'lrfg-s6{kind}_1xb32-80e_coco-640', tmp_path / f'work{kind}'
        assert run_job('train', config, '--work-dir', work, options=options) == 0
        (row,) = read_scalars(work)
        return work / 'epoch_1.pth', row

    narrow |= {'train_cfg.max_epochs': 1, 'train_cfg.val_interval': 1}
    detector, row = train('-detector')
    assert row['iter'] == 3, 'images with people: 1, 3 and 4'
    assert row['loss_kpt'] == row['loss_vis'] == 0 < row['loss_obj']
    assert 'coco/AR (S)' in row, 'boxes are evaluated'

    # Without a learning rate, weights stay as they were loaded.
    pose, row = train('', **{'load_from': detector, 'optim_wrapper.optimizer.lr': 0.0})
    assert row['iter'] == 2, 'images with annotated keypoints: 1 and 4'
    assert row['loss_kpt'] > 0 and row['loss_vis'] > 0 and 'coco/OKS' in row
    before, after = (torch.load(path)['state_dict'] for path in (detector, pose))
    for name in ('backbone.stage1.0.conv.weight', 'head.head_module.boxes.0.weight'):
        torch.testing.assert_close(before[name], after[name])


def test_the_ablation_at_960_is_one_recipe_for_eight_networks(narrow, tmp_path):
    networks, recipe = find_networks(['configs/ablation']), 'lrfg-s6_1xb16-80e_coco-960'
    cfgs = [Budget(recipe=recipe).apply(network, networks[-1]) for network in networks]
    assert len(cfgs) == 8
    for cfg in cfgs:
        assert cfg.train_dataloader.dataset.pipeline[0].input_size == (960, 960)
        assert cfg.val_dataloader.dataset.pipeline[1].input_size == (960, 960)
        assert cfg.train_dataloader.batch_size * cfg.optim_wrapper.accumulative_counts == 64
        assert cfg.train_cfg.max_epochs == 80 and cfg.model.test_cfg.score_thr == 0.001
        assert cfg.model.head.get('scale_gains', True)

    budget = Budget(Changes(epochs=1), recipe=recipe, options=narrow)
    (job,) = plan(networks[2:3], networks[-1], budget, [0], tmp_path)
    job.run()
    assert not job.error and job.cfg.train_cfg.max_epochs == 1 and job.metrics['coco/AP'] >= 0
