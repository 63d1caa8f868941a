"""Two people who pass each other, with what detectors do: other orders, low scores, gaps."""

import sys

import numpy as np
import pytest

from mmpose_lrfg.runtime import ModelError, Poses, PoseTracker


def scene(number, scores=(0.9, 0.8)):
    """Frame ``number``: one goes right in an upper row, one left in a lower; any order."""
    x = np.array([10 + 5 * number, 400 - 5 * number])
    y = np.array([10, 60])
    boxes = np.stack([x, y, x + 50, y + 100], axis=1)
    keypoints = np.repeat(boxes[:, None, :2], 17, axis=1)
    poses = Poses(boxes, scores, keypoints, np.ones((2, 17)))
    return poses[::-1] if number % 2 else poses


def follow(tracker, numbers, start=0.0, rate=25.0, scores=(0.9, 0.8)):
    """Track frames; return (id of the upper one, id of the lower one) of each, None if absent."""
    found = []
    for number in numbers:
        given = scene(number, scores)
        poses = tracker(given, start + number / rate)
        if len(poses) == 2:  # everything else stays, in its order
            assert (poses.boxes == given.boxes).all()
            assert (poses.keypoints == given.keypoints).all()
        ids = {round(float(y)): int(i) for y, i in zip(poses.boxes[:, 1], poses.ids)}
        found.append((ids.get(10), ids.get(60)))
    return found


@pytest.fixture(params=['bytetrack', 'ocsort'])
def kind(request):
    pytest.importorskip('trackers', reason='trackers is not installed')
    return request.param


@pytest.mark.parametrize('step', [1, 2])
def test_people_keep_their_ids(kind, step):
    found = follow(PoseTracker(kind), range(0, 60, step))
    assert found[0] == (-1, -1)
    assert set(found[4:]) == {found[-1]} and sorted(found[-1]) == [0, 1]


def test_low_scores_carry_bytetrack_on_but_make_nobody_new(kind):
    tracker = PoseTracker(kind, score_thr=0.3)
    assert tracker.detect_thr == (0.1 if kind == 'bytetrack' else 0.3)
    known = follow(tracker, range(5))[-1]
    hidden = follow(tracker, [5], scores=(0.9, 0.15))[0]
    assert hidden == (known if kind == 'bytetrack' else (known[0], None))
    assert follow(tracker, range(6, 10))[-1] == known
    fresh = follow(PoseTracker(kind), range(5), scores=(0.2, 0.2))
    assert fresh == [(None, None)] * 5


def test_nobody_and_long_gaps(kind):
    tracker = PoseTracker(kind, lost_seconds=0.5)
    assert tracker(Poses.from_coco([]), 0.0).ids.shape == (0,)
    before = follow(tracker, range(5))[-1]
    tracker(Poses.from_coco([]), 0.3)
    later = follow(tracker, range(5), start=10)[-1]
    assert set(later).isdisjoint(before) and -1 not in later
    tracker.reset()
    assert follow(tracker, range(5))[-1] == before


def test_a_clock_that_stands_still(kind):
    assert -1 not in follow(PoseTracker(kind), range(5), start=7, rate=np.inf)[-1]


def test_what_is_missing_is_named(monkeypatch):
    with pytest.raises(ModelError, match='sort; choose from bytetrack, ocsort'):
        PoseTracker('sort')
    monkeypatch.setitem(sys.modules, 'trackers', None)
    with pytest.raises(ModelError, match='pip install trackers supervision'):
        PoseTracker('bytetrack')
