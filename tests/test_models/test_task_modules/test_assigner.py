import torch
from hypothesis import given, settings
from hypothesis import strategies as st

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


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_agrees_with_the_rule(data):
    # Away from borders between cells, where the nearest neighbour is a matter of rounding.
    offset = st.sampled_from([0.1, 0.3, 0.7, 0.9])
    count = data.draw(st.integers(0, 6))
    images, boxes = [], []
    for _ in range(count):
        images.append(data.draw(st.integers(0, 2)))
        x = data.draw(st.integers(0, 8)) + data.draw(offset)
        y = data.draw(st.integers(0, 5)) + data.draw(offset)
        size = st.floats(0.25, 30)
        boxes.append((x, y, data.draw(size), data.draw(size)))
    anchors = [(1.1, 2.3), (6.7, 4.9)]
    result = AnchorRatioAssigner().assign(
        torch.tensor(images, dtype=torch.int64),
        torch.tensor(boxes, dtype=torch.float64).reshape(-1, 4),
        torch.tensor(anchors, dtype=torch.float64),
        (6, 9),
    )
    rows = list(zip(*(field.tolist() for field in result)))
    assert len(rows) == len(set(rows))
    expected = by_hand(images, boxes, anchors, (6, 9))
    assert {(i, a, r, c, t) for i, a, r, c, t in rows} == expected


def test_no_objects():
    result = AnchorRatioAssigner().assign(
        torch.zeros(0, dtype=torch.int64), torch.zeros(0, 4), torch.ones(3, 2), (4, 4)
    )
    assert all(field.shape == (0,) and field.dtype == torch.int64 for field in result)
