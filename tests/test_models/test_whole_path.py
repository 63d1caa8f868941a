"""Annotation -> targets -> raw predictions -> decoding -> NMS -> original pixels -> metric."""

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmpose.evaluation import CocoMetric
from mmpose.registry import DATASETS, MODELS

from mmpose_lrfg.models.task_modules import encode_boxes, encode_keypoints

SIDE = 320
LETTERBOX = dict(
    type='BottomupRandomAffine',
    input_size=(SIDE, SIDE),
    shift_prob=0,
    rotate_prob=0,
    scale_prob=0,
    scale_type='long',
    bbox_keep_corner=False,
    clip_border=True,
)
TARGETS = [
    dict(type='GenerateTarget', encoder=dict(type='YOLOXPoseAnnotationProcessor')),
    dict(type='PackPoseInputs', meta_keys=('id', 'flip_indices', 'input_size')),
]


@pytest.fixture(scope='module')
def data(write_people):
    """Write a wide, a tall and a small image with three people each."""
    return write_people((640, 480, 3), (300, 500, 3), (100, 90, 3))


@pytest.fixture(scope='module')
def model():
    cfg = Config.fromfile('configs/_base_/models/lrfg_n6.py').model
    return MODELS.build(cfg).eval()


def perfect_preds(head, batch):
    """Encode the targets of a batch as raw predictions."""
    targets = head.get_targets(batch['data_samples'])
    preds = []
    for level, stride in enumerate(head.anchors.strides):
        side = SIDE // stride
        pred = torch.full((len(batch['data_samples']), 3, side, side, 57), -8.0)
        image, anchor, row, column, target = head.assign(level, pred, targets)
        cell = torch.stack([column, row], dim=1).float()
        size = head.anchors.sizes[level][anchor]
        box = encode_boxes(targets.boxes[target], cell, size, stride)
        seen = targets.keypoints_visible[target].float()
        points = encode_keypoints(targets.keypoints[target], seen, cell, stride)
        sure = torch.full((len(target), 2), 8.0)
        pred[image, anchor, row, column] = torch.cat([box, sure, points.flatten(1)], dim=1)
        preds.append(pred)
    return preds


def load(data, transforms):
    dataset = DATASETS.build(
        dict(
            type='CheckedCocoDataset',
            data_root=str(data),
            ann_file='people.json',
            data_mode='bottomup',
            pipeline=[],
        )
    )
    pipeline = Compose([dict(type='LoadImage'), *transforms, *TARGETS])
    return dataset, pseudo_collate([pipeline(dataset[i]) for i in range(len(dataset))])


def predict(model, preds, data, dataset, monkeypatch):
    """People in original pixels, as the model predicts them from these raw predictions."""
    val = Config.fromfile('configs/_base_/datasets/people_320.py').val_pipeline
    pipeline = Compose([dict(type='LoadImage'), *val[1:]])
    samples = pseudo_collate([pipeline(dataset[i]) for i in range(len(dataset))])['data_samples']
    monkeypatch.setattr(model.head, 'forward', lambda feats: preds)
    found = model.head.predict(None, samples, dict(score_thr=0.01, nms_thr=0.65))
    return model.add_pred_to_datasample(found, None, samples)


def test_perfect_outputs_score_ap_1(model, data, monkeypatch, capsys):
    dataset, batch = load(data, [LETTERBOX])
    samples = predict(model, perfect_preds(model.head, batch), data, dataset, monkeypatch)
    assert [len(s.pred_instances) for s in samples] == [3, 3, 3]
    metric = CocoMetric(str(data / 'people.json'), score_mode='bbox', nms_mode='none')
    metric.dataset_meta = dataset.metainfo
    metric.process({}, [s.to_dict() for s in samples])
    result = metric.evaluate(len(samples))
    assert result['coco/AP'] == pytest.approx(1.0)
    assert result['coco/AR'] == pytest.approx(1.0)


def test_flipping_the_image_flips_the_poses(model, data, monkeypatch):
    dataset, batch = load(data, [LETTERBOX])
    there = predict(model, perfect_preds(model.head, batch), data, dataset, monkeypatch)
    flipped = [LETTERBOX, dict(type='RandomFlip', prob=1.0)]
    dataset, batch = load(data, flipped)
    back = predict(model, perfect_preds(model.head, batch), data, dataset, monkeypatch)
    for a, b in zip(there, back):
        # A letterboxed pixel of the input spans this many of the original.
        pixel = a.input_scale[0] / SIDE
        width = a.ori_shape[1]
        order_a = np.argsort(a.pred_instances.bboxes[:, 0])
        order_b = np.argsort(-b.pred_instances.bboxes[:, 0])
        swap = dataset.metainfo['flip_indices']
        mirrored = b.pred_instances.keypoints[order_b][:, swap]
        mirrored[..., 0] = width - pixel - mirrored[..., 0]
        seen = a.pred_instances.keypoint_scores[order_a] > 0.5
        assert seen.sum() > 20
        difference = mirrored - a.pred_instances.keypoints[order_a]
        assert np.abs(difference[seen]).max() < 0.01 * pixel + 1e-2
