import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.cocoeval import COCOeval

from mmpose_lrfg.models.losses import KeypointOKSLoss
from mmpose_lrfg.models.losses.oks import keypoint_similarity

COCO_SIGMAS = COCOeval(iouType='keypoints').params.kpt_oks_sigmas


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_coco_scale_is_pycocotools_oks(seed):
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0, 200, (17, 2))
    visible = rng.integers(0, 3, 17)
    visible[0] = 2
    area = rng.uniform(500, 9000)
    guess = truth + rng.normal(0, 6, (17, 2))

    evaluation = COCOeval(iouType='keypoints')
    person = dict(keypoints=np.c_[truth, visible].ravel(), area=area, bbox=[0, 0, 200, 200])
    evaluation._gts = {(1, 1): [person]}
    evaluation._dts = {(1, 1): [dict(keypoints=np.c_[guess, visible].ravel(), score=1.0)]}
    oks = evaluation.computeOks(1, 1)[0, 0]

    args = [torch.tensor(value)[None] for value in (guess, truth, visible > 0, area)]
    loss = KeypointOKSLoss(COCO_SIGMAS, scale='coco')(*args)
    assert 1 - loss.sum().item() / (visible > 0).sum() == pytest.approx(oks, abs=1e-6)
    similarity = keypoint_similarity(*args, torch.tensor(COCO_SIGMAS))
    assert similarity.tolist() == pytest.approx([oks], abs=1e-6)


def test_yolopose_scale_is_half_and_invisible_keypoints_have_no_loss():
    loss = KeypointOKSLoss([0.1, 0.1], loss_weight=2)
    target = torch.zeros(1, 2, 2)
    pred = torch.tensor([[[3.0, 4.0], [30.0, 40.0]]])
    cost = loss(pred, target, torch.tensor([[True, False]]), torch.tensor([100.0]))
    expected = 2 * (1 - np.exp(-25 / (4 * 0.01 * 100)))
    torch.testing.assert_close(cost, torch.tensor([[expected, 0.0]], dtype=torch.float32))


def test_auxiliary_loss_has_a_gradient_where_the_exponential_is_flat():
    far = torch.full((1, 1, 2), 500.0, requires_grad=True)
    args = torch.zeros(1, 1, 2), torch.ones(1, 1, dtype=torch.bool), torch.tensor([400.0])
    KeypointOKSLoss([0.05])(far, *args).sum().backward()
    assert far.grad.abs().max() == 0
    KeypointOKSLoss([0.05], aux_weight=0.5)(far, *args).sum().backward()
    # d / sqrt(area), half of it, along the diagonal
    torch.testing.assert_close(far.grad, torch.full((1, 1, 2), 0.5 / 20 / 2**0.5))
    same = torch.zeros(1, 1, 2, requires_grad=True)
    KeypointOKSLoss([0.05], aux_weight=0.5)(same, *args).sum().backward()
    assert torch.isfinite(same.grad).all()


def test_unknown_scale():
    with pytest.raises(ValueError, match="'coco', 'yolopose'"):
        KeypointOKSLoss([0.1], scale='mpii')
