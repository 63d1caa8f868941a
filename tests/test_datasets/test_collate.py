import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample
from torch.utils.data import DataLoader

from mmpose_lrfg.datasets.collate import stack_collate


def sample(index, side=4):
    labels = InstanceData(bboxes=torch.full((index, 4), float(index)))
    image = torch.full((3, side, side), index, dtype=torch.uint8)
    return dict(inputs=image, data_samples=PoseDataSample(gt_instance_labels=labels))


@pytest.mark.parametrize('workers', [0, 1])
def test_one_tensor_and_labels_as_arrays(workers):
    samples = [sample(index) for index in range(4)]
    loader = DataLoader(samples, 2, num_workers=workers, collate_fn=stack_collate)
    for number, batch in enumerate(loader):
        wanted = torch.stack([samples[2 * number + i]['inputs'] for i in range(2)])
        assert torch.equal(batch['inputs'], wanted)
        for i, each in enumerate(batch['data_samples']):
            index = 2 * number + i
            boxes = each.gt_instance_labels.bboxes
            assert isinstance(boxes, np.ndarray)
            np.testing.assert_array_equal(boxes, np.full((index, 4), index))


def test_images_of_several_sizes_stay_apart():
    batch = stack_collate([sample(1), sample(2, side=6)])
    assert [image.shape[-1] for image in batch['inputs']] == [4, 6]
