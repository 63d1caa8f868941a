"""The pipelines of the configs make what the network takes."""

import numpy as np
import pytest
import torch
import toy_job
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmpose.registry import DATASETS

from mmpose_lrfg import register  # noqa: F401
from mmpose_lrfg.datasets import image_cache


@pytest.mark.parametrize('name', ['people_320', 'coco_640'])
def test_makes_inputs_and_labels(name, tmp_path, monkeypatch):
    monkeypatch.setattr(image_cache, 'SHARED_MEMORY', str(tmp_path))
    toy_job.write_data(tmp_path)
    cfg = Config.fromfile(f'configs/_base_/datasets/{name}.py')
    data = {**cfg.train_dataloader.dataset, 'data_root': str(tmp_path)}
    data.update(ann_file='people.json', data_prefix=dict(img='images/'))
    with DefaultScope.overwrite_default_scope('mmpose'):
        dataset = DATASETS.build(data)
    np.random.seed(0)
    seen = 0
    for index in range(4):
        packed = dataset[index]
        assert packed['inputs'].dtype == torch.uint8
        assert packed['inputs'].shape == (3, *cfg.input_size[::-1])
        labels = packed['data_samples'].gt_instance_labels
        seen += len(labels.bboxes)
        assert labels.keypoints.shape == (len(labels.bboxes), 17, 2)
        assert labels.keypoints_visible.shape == labels.keypoints.shape[:2]
        assert (labels.labels == 0).all() and len(labels.areas) == len(labels.bboxes)
        assert packed['data_samples'].metainfo['img_path'].endswith('.png')
    assert (seen > 4) == (name == 'coco_640'), 'mosaics show more than one picture'
