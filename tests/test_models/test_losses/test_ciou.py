import math

import torch

from mmpose_lrfg.models.losses import CIoULoss


def ciou(a, b):
    """Zheng et al. 2020, eq. (7)-(11), in plain Python; boxes as cx, cy, w, h."""
    (ax, ay, aw, ah), (bx, by, bw, bh) = a, b
    overlap_w = max(0, min(ax + aw / 2, bx + bw / 2) - max(ax - aw / 2, bx - bw / 2))
    overlap_h = max(0, min(ay + ah / 2, by + bh / 2) - max(ay - ah / 2, by - bh / 2))
    inter = overlap_w * overlap_h
    iou = inter / (aw * ah + bw * bh - inter)
    hull_w = max(ax + aw / 2, bx + bw / 2) - min(ax - aw / 2, bx - bw / 2)
    hull_h = max(ay + ah / 2, by + bh / 2) - min(ay - ah / 2, by - bh / 2)
    distance = ((ax - bx) ** 2 + (ay - by) ** 2) / (hull_w**2 + hull_h**2)
    v = 4 / math.pi**2 * (math.atan(bw / bh) - math.atan(aw / ah)) ** 2
    alpha = v / (1 - iou + v) if v else 0
    return iou - distance - alpha * v


def test_agrees_with_the_paper():
    pairs = [
        ((0, 0, 2, 2), (0, 0, 2, 2)),
        ((0, 0, 2, 4), (1, 1, 3, 2)),
        ((0, 0, 1, 1), (5, 5, 1, 2)),
        ((2, 3, 4, 1), (2, 3, 1, 4)),
    ]
    a, b = (torch.tensor(side, dtype=torch.float32) for side in zip(*pairs))
    expected = torch.tensor([ciou(x, y) for x, y in pairs])
    loss, quality = CIoULoss(loss_weight=0.05)(a, b)
    torch.testing.assert_close(quality, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(loss, 0.05 * (1 - expected), rtol=1e-4, atol=1e-6)


def test_a_box_that_rounds_to_nothing_has_a_loss_and_a_gradient():
    pred = torch.tensor([[0.3, 0.4, 1e-12, 1e-12], [0.5, 0.5, 2.0, 3.0]], requires_grad=True)
    loss, _ = CIoULoss()(pred, torch.tensor([[0.3, 0.4, 1.0, 2.0], [0.4, 0.5, 2.0, 2.0]]))
    loss.sum().backward()
    assert CIoULoss()(pred[:0], pred[:0])[0].shape == (0,)
    assert loss.isfinite().all() and pred.grad.isfinite().all() and pred.grad[1].any()
