"""Packed samples and batches against those of MMPose and PyTorch."""

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.structures import PoseDataSample
from torch.utils.data import DataLoader

from mmpose_lrfg.datasets.transforms.packing import PackPlanes, stack_collate


@pytest.mark.parametrize('dtype', [np.uint8, np.float32])
@pytest.mark.parametrize('mirrored', [False, True])
def test_packs_what_mmpose_packs(dtype, mirrored):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (8, 9, 3)).astype(dtype)
    image = image[:, ::-1] if mirrored else image
    results = dict(img=image, img_id=3, bbox=np.ones((2, 4), np.float32), img_shape=(8, 9))
    ours, theirs = PackPlanes()(dict(results)), PackPoseInputs()(dict(results))
    assert ours['inputs'].dtype == theirs['inputs'].dtype
    assert torch.equal(ours['inputs'], theirs['inputs']) and ours['inputs'].is_contiguous()
    assert ours['data_samples'].metainfo == theirs['data_samples'].metainfo
    found, expected = (p['data_samples'].gt_instances.bboxes for p in (ours, theirs))
    np.testing.assert_array_equal(found, expected)


def packed_sample(index, side=4):
    labels = InstanceData(bboxes=torch.full((index, 4), float(index)))
    image = torch.full((3, side, side), index, dtype=torch.uint8)
    return dict(inputs=image, data_samples=PoseDataSample(gt_instance_labels=labels))


@pytest.mark.parametrize('workers', [0, 1])
def test_one_tensor_and_labels_as_arrays(workers):
    samples = [packed_sample(index) for index in range(4)]
    loader = DataLoader(samples, 2, num_workers=workers, collate_fn=stack_collate)
    for number, batch in enumerate(loader):
        expected = torch.stack([samples[2 * number + i]['inputs'] for i in range(2)])
        assert torch.equal(batch['inputs'], expected)
        for i, each in enumerate(batch['data_samples']):
            index = 2 * number + i
            boxes = each.gt_instance_labels.bboxes
            assert isinstance(boxes, np.ndarray)
            np.testing.assert_array_equal(boxes, np.full((index, 4), index))


def test_images_of_several_sizes_stay_apart():
    batch = stack_collate([packed_sample(1), packed_sample(2, side=6)])
    assert [image.shape[-1] for image in batch['inputs']] == [4, 6]
