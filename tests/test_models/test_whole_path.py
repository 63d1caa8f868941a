"""Annotation -> targets -> raw predictions -> decoding -> NMS -> original pixels -> metric."""

import numpy as np
import pytest
import torch
from mmengine.dataset import Compose, pseudo_collate
from mmpose.evaluation import CocoMetric
from mmpose.registry import DATASETS, MODELS

from mmpose_lrfg.models.task_modules import encode_boxes, encode_keypoints
from mmpose_lrfg.utils.config_files import load_config

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
def cfg():
    return load_config('lrfg-n6_1xb8-8e_people-320')


@pytest.fixture(scope='module')
def model(cfg):
    return MODELS.build(cfg.model).eval()


@pytest.fixture(scope='module')
def dataset(write_people):
    """A wide, a tall and a small image with three people each."""
    files = dict(ann_file='annotations/val.json', data_prefix=dict(img='val/'))
    root = write_people((640, 480, 3), (300, 500, 3), (100, 90, 3))
    coco = dict(type='CheckedCocoDataset', data_root=str(root), data_mode='bottomup', **files)
    return DATASETS.build(dict(coco, pipeline=[]))


def transformed(dataset, transforms):
    """The data set as one batch."""
    pipeline = Compose([dict(type='LoadImage'), *transforms])
    return pseudo_collate([pipeline(dataset[i]) for i in range(len(dataset))])['data_samples']


def perfect_preds(head, samples):
    """Encode the targets of a batch as raw predictions."""
    targets = head.get_targets(samples)
    preds = []
    for level, stride in enumerate(head.anchors.strides):
        side = SIDE // stride
        pred = torch.full((len(samples), 3, side, side, 57), -8.0)
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


@pytest.fixture
def predict(cfg, model, dataset, monkeypatch):
    """Predict people in original pixels, perfectly, after training with these transforms."""

    def found(*transforms):
        preds = perfect_preds(model.head, transformed(dataset, [*transforms, *TARGETS]))
        samples = transformed(dataset, cfg.val_dataloader.dataset.pipeline[1:])
        monkeypatch.setattr(model.head, 'forward', lambda feats: preds)
        people = model.head.predict(None, samples, dict(score_thr=0.01, nms_thr=0.65))
        return model.add_pred_to_datasample(people, None, samples)

    return found


def test_perfect_outputs_score_ap_1(predict, dataset):
    samples = predict(LETTERBOX)
    assert [len(s.pred_instances) for s in samples] == [3, 3, 3]
    metric = CocoMetric(dataset.ann_file, score_mode='bbox', nms_mode='none')
    metric.dataset_meta = dataset.metainfo
    metric.process({}, [s.to_dict() for s in samples])
    result = metric.evaluate(len(samples))
    assert result['coco/AP'] == result['coco/AR'] == pytest.approx(1.0)


def test_flipping_the_image_flips_the_poses(predict, dataset):
    there, back = predict(LETTERBOX), predict(LETTERBOX, dict(type='RandomFlip', prob=1.0))
    for a, b in zip(there, back):
        # A letterboxed pixel of the input spans this many of the original.
        pixel = a.input_scale[0] / SIDE
        order_a = np.argsort(a.pred_instances.bboxes[:, 0])
        order_b = np.argsort(-b.pred_instances.bboxes[:, 0])
        mirrored = b.pred_instances.keypoints[order_b][:, dataset.metainfo['flip_indices']]
        mirrored[..., 0] = a.ori_shape[1] - pixel - mirrored[..., 0]
        seen = a.pred_instances.keypoint_scores[order_a] > 0.5
        assert seen.sum() > 20
        difference = mirrored - a.pred_instances.keypoints[order_a]
        assert np.abs(difference[seen]).max() < 0.01 * pixel + 1e-2
