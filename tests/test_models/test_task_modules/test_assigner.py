import numpy as np
import pytest
import torch

from mmpose_lrfg.models.task_modules import AnchorRatioAssigner


def by_hand(images, boxes, anchors, grid, ratio_thr=4.0):
    """The rule, one object, anchor and cell at a time."""
    rows, columns = grid
    found = set()
    for t, (image, (x, y, w, h)) in enumerate(zip(images, boxes)):
        for a, (aw, ah) in enumerate(anchors):
            if max(w / aw, aw / w, h / ah, ah / h) >= ratio_thr:
                continue
            cells = [(int(x), int(y))]
            cells.append((int(x) - 1, int(y)) if x % 1 < 0.5 else (int(x) + 1, int(y)))
            cells.append((int(x), int(y) - 1) if y % 1 < 0.5 else (int(x), int(y) + 1))
            found |= {
                (image, a, row, column, t)
                for column, row in cells
                if 0 <= column < columns and 0 <= row < rows
            }
    return found


@pytest.mark.parametrize('count', [0, 1, 200])
def test_agrees_with_the_rule(count):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 3, count)
    boxes = np.c_[rng.uniform(0, (9, 6), (count, 2)), np.exp(rng.uniform(-1.4, 3.4, (count, 2)))]
    anchors = np.array([(1.1, 2.3), (6.7, 4.9)])
    found = AnchorRatioAssigner().assign(*map(torch.from_numpy, (images, boxes, anchors)), (6, 9))
    assert all(field.dtype == torch.int64 for field in found)
    rows = list(zip(*(field.tolist() for field in found)))
    assert len(rows) == len(set(rows))
    assert set(rows) == by_hand(images, boxes, anchors, (6, 9))
