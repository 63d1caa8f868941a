"""A whole training in a second: four small pictures, a network of one layer, MMPose's own parts."""

import json
import os
import signal
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.model import BaseModel
from mmengine.structures import InstanceData
from mmpose.registry import MODELS

KEYPOINTS = 17


@MODELS.register_module(force=True)
class ToyPose(BaseModel):
    """Predicts the annotated people, moved by one learned number of pixels.

    Args:
        channels (int): Channels of the only layer.
        explode_at (int): The iteration whose loss is not a number; -1 for none.
        stop_at (int): The iteration in which the process gets SIGTERM; -1 for none.
    """

    def __init__(self, channels=4, explode_at=-1, stop_at=-1, data_preprocessor=None):
        super().__init__(data_preprocessor)
        self.layer = torch.nn.Conv2d(3, channels, 3)
        self.shift = torch.nn.Parameter(torch.tensor(5.0))
        self.explode_at = explode_at
        self.stop_at = stop_at
        self.calls = 0

    def forward(self, inputs, data_samples=None, mode='tensor'):
        if mode == 'loss':
            if self.calls == self.stop_at:
                os.kill(os.getpid(), signal.SIGTERM)
            bad = float('nan') if self.calls == self.explode_at else 1.0
            self.calls += 1
            features = self.layer(torch.stack(list(inputs)).float() / 255).mean()
            return {'loss_kpt': self.shift.abs() * bad, 'loss_obj': features.square()}
        for sample in data_samples:
            raw = [ann for ann in sample.metainfo.get('raw_ann_info') or [] if ann]
            points = np.array([ann['keypoints'] for ann in raw], float).reshape(-1, KEYPOINTS, 3)
            boxes = np.array([ann['bbox'] for ann in raw], float).reshape(-1, 4)
            boxes[:, 2:] += boxes[:, :2]
            found = InstanceData()
            found.keypoints = points[..., :2] + float(self.shift)
            found.keypoint_scores = np.ones(points.shape[:2])
            found.bboxes, found.bbox_scores = boxes, np.ones(len(raw))
            sample.pred_instances = found
            sample.gt_instances = InstanceData()
        return data_samples


def annotations(images=4):
    """COCO-style content with one person an image, as a dict to be spoilt at will."""
    people = []
    for i in range(1, images + 1):
        points = np.stack([np.linspace(10, 50, KEYPOINTS), np.linspace(12, 44, KEYPOINTS)], 1)
        keypoints = np.concatenate([points, np.full((KEYPOINTS, 1), 2)], 1).ravel().tolist()
        person = {'id': i, 'image_id': i, 'category_id': 1, 'bbox': [5, 5, 50, 45]}
        person.update(keypoints=keypoints, num_keypoints=KEYPOINTS, area=1200.0, iscrowd=0)
        people.append(person)
    listed = [
        {'id': i, 'file_name': f'{i}.png', 'width': 64, 'height': 56} for i in range(1, images + 1)
    ]
    category = {'id': 1, 'name': 'person', 'keypoints': [], 'skeleton': []}
    return {'images': listed, 'annotations': people, 'categories': [category]}


def write_data(root, content=None):
    """Write pictures and ``people.json`` under ``root``; return ``root``."""
    content = content or annotations()
    images = Path(root, 'images')
    images.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(0)
    for entry in content['images']:
        picture = noise.integers(0, 255, (56, 64, 3), dtype=np.uint8)
        cv2.imwrite(str(images / entry['file_name']), picture)
    Path(root, 'people.json').write_text(json.dumps(content))
    return root


def open_data(root, **kwargs):
    """The dataset of ``write_data`` without a pipeline, or with other arguments."""
    from mmpose_lrfg.datasets.coco import CheckedCocoDataset

    settings = dict(ann_file='people.json', data_prefix={'img': 'images/'})
    return CheckedCocoDataset(data_root=str(root), data_mode='bottomup', **{**settings, **kwargs})


RUNTIME = Path(__file__).parents[1] / 'configs' / '_base_' / 'default_runtime.py'
CONFIG = """
_base_ = {runtime!r}
custom_imports = dict(
    imports=['mmpose_lrfg.register', 'toy_job'], allow_failed_imports=False)
data_root = {root!r}
max_epochs = 2
model = dict(type='ToyPose', data_preprocessor=dict(type='PoseDataPreprocessor'))
load = dict(type='LoadImageOrSkip')
pack = dict(
    type='PackPlanes',
    meta_keys=('id', 'img_id', 'img_path', 'ori_shape', 'raw_ann_info'))
dataset = dict(
    type='CheckedCocoDataset', data_root=data_root, data_mode='bottomup',
    ann_file='people.json', data_prefix=dict(img='images/'), pipeline=[load, pack])
train_dataloader = dict(
    batch_size=2, num_workers={workers}, dataset=dataset,
    sampler=dict(type='DefaultSampler', shuffle=True))
val_dataloader = dict(
    batch_size=2, num_workers=0, dataset=dict(test_mode=True, **dataset),
    sampler=dict(type='DefaultSampler', shuffle=False))
test_dataloader = val_dataloader
val_evaluator = dict(
    type='CocoMetric', ann_file=data_root + '/people.json', score_mode='bbox', nms_mode='none')
test_evaluator = val_evaluator
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=1.0))
auto_scale_lr = dict(base_batch_size=4, enable=False)
param_scheduler = []
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=1)
val_cfg = dict()
test_cfg = dict()
default_hooks = dict(run_figures=None)
randomness = dict(seed=0)
"""


def write_config(path, root, workers=0, extra=''):
    """Write the toy config to ``path``; return ``path``."""
    text = CONFIG.format(runtime=str(RUNTIME), root=str(root), workers=workers)
    Path(path).write_text(text + extra)
    return path
