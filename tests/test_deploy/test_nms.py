import numpy as np
import torch

from mmpose_lrfg.deploy.nms import dynamic_nms, fixed_nms
from mmpose_lrfg.runtime import Metadata
from mmpose_lrfg.runtime.postprocess import select


def test_nms_is_class_aware():
    box = [10.0, 10, 50, 50]
    rows = torch.zeros(2, 120, 9)
    rows[0, 3] = torch.tensor([*box, 0.5, 0, 1, 2, 0.9])
    rows[0, 7] = torch.tensor([*box, 0.9, 1, 3, 4, 0.8])
    rows[0, 9] = torch.tensor([*box, 0.8, 1, 5, 6, 0.7])
    rows[1, 2] = torch.tensor([*box, 0.7, 0, 7, 8, 0.6])
    thresholds = dict(nms_thr=0.65, wnms_thr=1.0, score_thr=0.1, max_per_img=100)
    fixed = fixed_nms(rows, 2, **thresholds)
    assert fixed.shape == (2, 100, 9)
    assert torch.equal(fixed[0, :2], rows[0, [7, 3]]) and torch.equal(fixed[1, 0], rows[1, 2])
    assert not fixed[0, 2:].any() and not fixed[1, 1:].any()
    dynamic = dynamic_nms(rows, 2, **thresholds)
    assert dynamic[:, 0].tolist() == [0, 0, 1]
    assert torch.equal(dynamic[:, 1:], torch.stack([rows[0, 3], rows[0, 7], rows[1, 2]]))


def test_weighted_nms_is_that_of_the_runtime():
    generator = torch.Generator().manual_seed(0)
    rows = torch.rand(3, 200, 12, generator=generator) * 40
    rows[..., 2:4] += rows[..., :2] + 20
    rows[..., 4] = torch.rand(3, 200, generator=generator)
    rows[..., 5] = (rows[..., 5] > 20).float()
    rows[2, :, 4] = 0  # no detections
    thresholds = dict(nms_thr=0.5, wnms_thr=0.4, score_thr=0.3, max_per_img=4)
    metadata = Metadata(('a', 'b'), (), ('person', 'dog'), (0.1, 0.1), (64, 64), nms_pre=200)
    expected = select(rows.numpy(), metadata, 3, **thresholds)
    assert [len(people) for people in expected] == [4, 4, 0]
    fixed = fixed_nms(rows, 2, **thresholds).numpy()
    dynamic = dynamic_nms(rows, 2, **thresholds).numpy()
    for image, people in enumerate(expected):
        assert np.allclose(fixed[image, : len(people)], people, atol=1e-3)
        assert not fixed[image, len(people) :].any()
        own = dynamic[dynamic[:, 0] == image, 1:]  # at most four of each class
        assert np.allclose(own[np.argsort(-own[:, 4])][:4], people, atol=1e-3)
    thresholds['score_thr'] = 1.0
    assert not fixed_nms(rows, 2, **thresholds).any()
    assert dynamic_nms(rows, 2, **thresholds).shape == (0, 13)
