import pytest
import torch

from mmpose_lrfg.models.losses import BCEWithLogitsLoss


@pytest.mark.parametrize(('reduction', 'divisor'), [('sum', 1), ('mean', 6)])
def test_positive_targets_and_elements_have_weights(reduction, divisor):
    logits, target = torch.randn(2, 3), torch.rand(2, 3)
    weight = torch.tensor([[1.0], [0.5]])
    p = logits.sigmoid()
    terms = -weight * (3 * target * p.log() + (1 - target) * (1 - p).log())
    loss = BCEWithLogitsLoss(loss_weight=0.4, pos_weight=3.0)(logits, target, weight, reduction)
    torch.testing.assert_close(loss, 0.4 * terms.sum() / divisor)
