"""Stock YOLOX-Pose trains, saves, resumes and is evaluated by mmengine's runner."""

import json

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from .stock import BODY, without_downloads

SIDE = 64


@pytest.fixture
def data_root(tmp_path):
    """Four images of one "person" each, annotated in COCO's format."""
    rng = np.random.default_rng(0)
    images, anns = [], []
    for i in range(1, 5):
        name = f'{i}.png'
        cv2.imwrite(str(tmp_path / name), rng.integers(0, 255, (SIDE, SIDE, 3), np.uint8))
        images.append({'id': i, 'file_name': name, 'width': SIDE, 'height': SIDE})
        pose = np.c_[rng.uniform(8, 56, (17, 2)), np.full(17, 2)]
        ann = {'id': i, 'image_id': i, 'category_id': 1, 'iscrowd': 0, 'num_keypoints': 17}
        box = {'bbox': [6, 6, 52, 52], 'area': 2000.0, 'keypoints': pose.ravel().tolist()}
        anns.append({**ann, **box})
    data = {'images': images, 'annotations': anns, 'categories': [{'id': 1, 'name': 'person'}]}
    (tmp_path / 'ann.json').write_text(json.dumps(data))
    return tmp_path


def small_yoloxpose(root, work_dir):
    """The stock configuration with small images, few channels and one process."""
    cfg = Config.fromfile(BODY / 'yoloxpose/coco/yoloxpose_s_8xb32-300e_coco-640.py')
    without_downloads(cfg.model)
    cfg.work_dir = str(work_dir)
    cfg.model.backbone.widen_factor = cfg.model.head.head_module_cfg.widen_factor = 0.125
    cfg.model.neck.update(in_channels=[32, 64, 128], out_channels=32)
    cfg.model.data_preprocessor.batch_augments = None
    for pipeline in (cfg.train_pipeline_stage2, cfg.val_pipeline):
        for step in pipeline:
            if 'input_size' in step:
                step.input_size = (SIDE, SIDE)
            if 'encoder' in step:
                step.encoder.input_size = (SIDE, SIDE)
    pipelines = {'train': cfg.train_pipeline_stage2, 'val': cfg.val_pipeline}
    for split, pipeline in pipelines.items():
        loader = cfg[f'{split}_dataloader']
        loader.update(batch_size=2, num_workers=0, persistent_workers=False)
        loader.dataset.update(
            data_root=str(root), ann_file='ann.json', data_prefix={'img': ''}, pipeline=pipeline
        )
        loader.dataset.filter_cfg = None
    cfg.test_dataloader = cfg.val_dataloader
    cfg.val_evaluator.ann_file = cfg.test_evaluator.ann_file = str(root / 'ann.json')
    cfg.train_cfg = {'type': 'EpochBasedTrainLoop', 'max_epochs': 1, 'val_interval': 1}
    cfg.param_scheduler = [{'type': 'ConstantLR', 'factor': 1}]
    cfg.default_hooks.checkpoint.update(interval=1, save_best='coco/AP', rule='greater')
    cfg.custom_hooks = [hook for hook in cfg.custom_hooks if hook.type == 'EMAHook']
    cfg.model.test_cfg.score_thr = 0.0
    cfg.randomness = {'seed': 0}
    cfg.experiment_name = f'yoloxpose_{work_dir.name}'
    cfg.log_level = 'ERROR'
    return cfg


def test_yoloxpose_trains_is_evaluated_and_resumes(data_root, tmp_path):
    torch.set_num_threads(1)
    cfg = small_yoloxpose(data_root, tmp_path / 'run')
    runner = Runner.from_cfg(cfg)
    before = runner.model.backbone.stem.conv.conv.weight.detach().clone()
    runner.train()  # two iterations, a checkpoint, an evaluation
    assert runner.iter == 2
    after = runner.model.backbone.stem.conv.conv.weight
    assert after.isfinite().all() and not torch.equal(after, before)
    for name in ('AP', 'AP .5', 'AR'):
        assert 0 <= runner.message_hub.get_scalar(f'val/coco/{name}').current() <= 1
    losses = runner.message_hub.get_scalar('train/loss').data[0].tolist()
    assert len(losses) == 2 and np.isfinite(losses).all()

    cfg.resume = True
    cfg.train_cfg.max_epochs = 2
    cfg.experiment_name += '_resumed'
    resumed = Runner.from_cfg(cfg)
    resumed.train()
    assert resumed.iter == 4 and resumed.epoch == 2
    history = resumed.message_hub.get_scalar('train/loss').data[0].tolist()
    assert history[:2] == losses and len(history) == 4
