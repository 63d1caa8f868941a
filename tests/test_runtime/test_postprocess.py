from dataclasses import replace

import numpy as np
import pytest
import torch
from torchvision.ops import batched_nms, box_iou

from mmpose_lrfg.models.heads import postprocess
from mmpose_lrfg.runtime import Metadata
from mmpose_lrfg.runtime.postprocess import iou, nms, select

METADATA = Metadata(('a', 'left_b'), ((0, 1),), ('person', 'dog'), (0.1, 0.2), (128, 192))


def random_rows(count, seed=0):
    rng = np.random.default_rng(seed)
    rows = rng.uniform(0, 100, (count, 12)).astype(np.float32)
    rows[:, 2:4] = rows[:, :2] + rng.uniform(5, 60, (count, 2))
    rows[:, 4] = rng.uniform(0, 1, count)
    rows[:, 5] = rng.integers(0, 2, count)
    return rows


@pytest.mark.parametrize('threshold', [0.3, 0.65])
@pytest.mark.parametrize('count', [0, 1, 2, 500])
def test_nms_keeps_what_torchvision_keeps(count, threshold):
    rows = random_rows(count)
    boxes, scores, labels = (torch.from_numpy(rows[:, part]) for part in (slice(4), 4, 5))
    expected = rows[batched_nms(boxes, scores, labels, threshold).numpy()]
    assert np.array_equal(nms(rows, threshold, 1.0, 10**6, 10**6), expected)
    assert len(nms(rows, 1.0, 1.0, 7, 100)) == min(count, 7)
    assert len(nms(rows, 1.0, 0.8, 100, 7)) == min(count, 7)


@pytest.mark.parametrize('count', [0, 1, 2, 300])
def test_weighted_nms_is_that_of_the_head(count):
    rows = random_rows(count)
    expected = postprocess.nms(torch.from_numpy(rows), 0.65, 200, 50, wnms_thr=0.4)
    assert np.allclose(nms(rows, 0.65, 0.4, 200, 50), expected, atol=1e-3)


def test_overlaps_are_those_of_torchvision():
    ours, theirs = random_rows(30)[:, :4], random_rows(40, 1)[:, :4]
    theirs[3, 2:] = theirs[3, :2]  # without extent
    expected = box_iou(torch.from_numpy(ours), torch.from_numpy(theirs)).numpy()
    assert np.allclose(iou(ours, theirs), expected, atol=1e-6)
    assert iou(theirs[3:4], theirs[3:4]).tolist() == [[0]]


def test_of_every_anchor():
    output = np.stack([random_rows(50, seed) for seed in range(3)])
    found = select(output, METADATA, 2, score_thr=0.5, nms_thr=0.65, wnms_thr=1.0, max_per_img=5)
    assert len(found) == 2
    for rows, source in zip(found, output):
        assert len(rows) == 5 and (np.diff(rows[:, 4]) <= 0).all() and rows[-1, 4] > 0.5
        assert rows[0, 4] == source[:, 4].max()


def test_with_nms_inside():
    rows = random_rows(4)
    rows[:, 4] = 0.9, 0.5, 0.3, 0
    fixed = select(rows[None], replace(METADATA, nms='fixed'), 1, 0.4, 0.65, 1.0, 9)
    assert np.array_equal(fixed[0], rows[:2])
    images = np.array([[1], [0], [1], [1]], np.float32)
    flat = np.concatenate([images, rows[[1, 3, 0, 2]]], axis=1)
    dynamic = select(flat, replace(METADATA, nms='dynamic'), 2, 0.2, 0.65, 1.0, 2)
    assert len(dynamic[0]) == 0 and np.array_equal(dynamic[1], rows[:2])
