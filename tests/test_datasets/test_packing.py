import numpy as np
import pytest
import torch
from mmpose.datasets.transforms import PackPoseInputs

from mmpose_lrfg.datasets.transforms.packing import PackPlanes


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
