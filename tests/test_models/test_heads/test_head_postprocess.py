"""Decoding of few anchors, NMS and weighted NMS."""

import numpy as np
import pytest
import torch
from tiny_heads import feature_maps, make_head

from mmpose_lrfg.models.heads.postprocess import find_candidates, nms, to_rows


def test_sparse_decoding_equals_dense_decoding():
    head = make_head(num_classes=2).eval()
    with torch.no_grad():
        preds = head(feature_maps())
        dense = to_rows(head.decode(preds), num_classes=2)
    threshold = dense[..., 4].median().item()
    rows, images = find_candidates(preds, head.anchors, 2, threshold)
    assert len(rows) > 10
    for image in range(2):
        expected = dense[image][dense[image, :, 4] > threshold]
        # Both in the order of the anchors.
        torch.testing.assert_close(rows[images == image], expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    ('num_classes', 'single_class_score', 'score'),
    [(1, False, 0.5), (1, True, 0.2), (3, False, 0.4)],
)
def test_score_is_objectness_times_class(num_classes, single_class_score, score):
    decoded = torch.tensor([20.0, 30, 8, 10, 0.5, 0.4, 0.8, 0.6][: 5 + num_classes] + [1, 2, 0.3])
    expected = [16, 25, 24, 35, score, num_classes // 2, 1, 2, 0.3]
    assert to_rows(decoded, num_classes, single_class_score).tolist() == pytest.approx(expected)


def test_nms_is_by_class_and_keeps_at_most_so_many():
    boxes = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10], [1, 0, 11, 10], [50, 50, 60, 60]])
    rows = torch.zeros(4, 9)
    rows[:, :4], rows[:, 4], rows[2, 5] = boxes, torch.tensor([0.9, 0.8, 0.7, 0.6]), 1
    assert torch.equal(nms(rows, 0.5, nms_pre=10, max_per_img=10), rows[[0, 2, 3]])
    assert torch.equal(nms(rows, 0.5, nms_pre=10, max_per_img=1), rows[:1])
    assert torch.equal(nms(rows, 0.5, nms_pre=2, max_per_img=10), rows[:1])


def random_rows(count, seed=0):
    """Draw rows of two classes whose boxes overlap by all degrees."""
    generator = torch.Generator().manual_seed(seed)
    corners = torch.rand(count, 2, generator=generator) * 30
    sides = 40 + torch.rand(count, 2, generator=generator) * 20
    scores = torch.rand(count, 1, generator=generator) * 0.8 + 0.1
    labels = (torch.rand(count, 1, generator=generator) * 2).floor()
    keypoints = torch.rand(count, 9, generator=generator) * 100
    return torch.cat([corners, corners + sides, scores, labels, keypoints], dim=1)


def overlap(a, b):
    """Compute the IoU of two boxes in plain numbers."""
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return width * height / (sum(areas) - width * height)


@pytest.mark.parametrize('wnms_thr', [0.0, 0.5, 0.8])
def test_weighted_means_are_those_of_plain_loops(wnms_thr):
    rows = random_rows(75)
    chosen = dict(nms_thr=0.65, nms_pre=100, max_per_img=5)
    plain, found = nms(rows, **chosen), nms(rows, **chosen, wnms_thr=wnms_thr)
    assert len(found) == 5 and torch.equal(found[:, 4:6], plain[:, 4:6])
    for before, after in zip(plain.numpy(), found.numpy()):
        same = [
            row
            for row in rows.numpy()
            if (row[5] == before[5] and overlap(row, before) > wnms_thr) or (row == before).all()
        ]
        mean = np.average(same, axis=0, weights=[row[4] for row in same])
        mean[4:6] = before[4:6]
        np.testing.assert_allclose(after, mean, atol=1e-3)
    assert (plain != found).any(dim=1).sum() > 1


def test_weighted_nms_of_nothing_and_of_a_box_without_extent():
    rows = random_rows(1)
    rows[:, 2:4] = rows[:, :2]
    torch.testing.assert_close(nms(rows, 0.65, 100, 100, wnms_thr=0.8), rows)
    assert nms(rows[:0], 0.65, 100, 100, wnms_thr=0.8).shape == (0, 15)
