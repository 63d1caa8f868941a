import copy

import pytest
import torch
from mmengine.config import Config
from mmengine.structures import InstanceData
from mmpose.models.data_preprocessors import PoseDataPreprocessor
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

from mmpose_lrfg.datasets.transforms.loading import PADDING
from mmpose_lrfg.models.data_preprocessors import PoseBatchPreprocessor

SETTINGS = dict(mean=[1, 2, 3], std=[2, 3, 4], bgr_to_rgb=True, pad_value=114, pad_size_divisor=64)


def batch(*shapes):
    generator = torch.Generator().manual_seed(0)
    samples = [PoseDataSample(gt_instance_labels=InstanceData(a=torch.ones(2))) for _ in shapes]
    images = [
        torch.randint(256, (3, *shape), generator=generator).to(torch.uint8) for shape in shapes
    ]
    return dict(inputs=images, data_samples=samples)


@pytest.mark.parametrize(
    ('shapes', 'pack'),
    [
        (((64, 128),) * 3, list),
        (((64, 128),) * 3, torch.stack),
        (((60, 100),) * 2, list),
        (((64, 64), (50, 90)), list),
    ],
)
def test_pixels_and_sizes_are_those_of_mmpose(shapes, pack):
    data = batch(*shapes)
    theirs = PoseDataPreprocessor(**SETTINGS)(copy.deepcopy(data), True)
    ours = PoseBatchPreprocessor(**SETTINGS)(dict(data, inputs=pack(data['inputs'])), True)
    torch.testing.assert_close(ours['inputs'], theirs['inputs'], rtol=0, atol=0)
    for one, other in zip(ours['data_samples'], theirs['data_samples']):
        assert one.metainfo == other.metainfo


def test_images_travel_and_labels_do_not():
    ours = PoseBatchPreprocessor(**SETTINGS).to('meta')
    out = ours(batch((64, 64), (64, 64)))
    assert out['inputs'].device.type == 'meta'
    assert {s.gt_instance_labels.a.device.type for s in out['data_samples']} == {'cpu'}


@pytest.mark.parametrize('training', [True, False])
@pytest.mark.parametrize('shapes', [((64, 128), (50, 90)), ((60, 100),)], ids=['unequal', 'odd'])
def test_the_configs_pad_with_the_grey_of_the_letterbox(shapes, training):
    settings = Config.fromfile('configs/_base_/models/lrfg_s6.py').model.data_preprocessor
    preprocessor = MODELS.build(settings)
    padded = preprocessor(batch(*shapes), training)['inputs']
    assert padded.shape[-2:] == (64, 128)
    height, width = shapes[-1]
    for border in (padded[-1, :, height:], padded[-1, :, :, width:]):
        torch.testing.assert_close(border, torch.full_like(border, PADDING / 255))
