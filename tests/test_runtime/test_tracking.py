"""Two people who pass each other, with what detectors do: other orders, low scores, gaps."""

import sys

import numpy as np
import pytest

from mmpose_lrfg.runtime import ModelError, Poses, PoseTracker

RATE = 25.0


def scene(number, scores=(0.9, 0.8), shown=(True, True)):
    """Frame ``number``: one goes right in an upper row, one left in a lower; any order."""
    x = np.array([10 + 5 * number, 400 - 5 * number])
    y = np.array([10, 60])
    boxes = np.stack([x, y, x + 50, y + 100], axis=1)
    keypoints = np.repeat(boxes[:, None, :2], 17, axis=1)
    poses = Poses(boxes, scores, keypoints, np.ones((2, 17)))[np.array(shown)]
    return poses[::-1] if number % 2 else poses


def ids_by_place(poses):
    """(id of the upper one, id of the lower one); None who is not there."""
    by_row = {round(float(y)): int(i) for y, i in zip(poses.boxes[:, 1], poses.ids)}
    return by_row.get(10), by_row.get(60)


@pytest.fixture(params=['bytetrack', 'ocsort'])
def kind(request):
    pytest.importorskip('trackers', reason='trackers is not installed')
    return request.param


def test_people_keep_their_ids(kind):
    tracker = PoseTracker(kind)
    found = [tracker(scene(n), n / RATE) for n in range(60)]
    assert ids_by_place(found[0]) == (-1, -1)
    known = ids_by_place(found[4])
    assert sorted(known) == [0, 1]
    assert {ids_by_place(poses) for poses in found[4:]} == {known}
    for number, poses in enumerate(found):
        # Everything else stays, in its order.
        assert (poses.boxes == scene(number).boxes).all()
        assert (poses.keypoints == scene(number).keypoints).all()


def test_every_second_frame_does_as_well(kind):
    tracker = PoseTracker(kind)
    found = [ids_by_place(tracker(scene(n), n / RATE)) for n in range(0, 60, 2)]
    assert len(set(found[4:])) == 1 and -1 not in found[-1]


def test_low_scores_carry_bytetrack_on_but_make_nobody_new(kind):
    tracker = PoseTracker(kind, score_thr=0.3)
    assert tracker.detect_thr == (0.1 if kind == 'bytetrack' else 0.3)
    for n in range(5):
        found = tracker(scene(n), n / RATE)
    known = ids_by_place(found)
    hidden = ids_by_place(tracker(scene(5, (0.9, 0.15)), 5 / RATE))
    assert hidden == (known if kind == 'bytetrack' else (known[0], None))
    back = [ids_by_place(tracker(scene(n), n / RATE)) for n in range(6, 10)]
    assert back[-1] == known
    fresh = PoseTracker(kind)
    assert [len(fresh(scene(n, (0.2, 0.2)), n / RATE)) for n in range(5)] == [0] * 5


def test_nobody_and_long_gaps(kind):
    tracker = PoseTracker(kind, lost_seconds=0.5)
    assert tracker(Poses.empty(), 0.0).ids.shape == (0,)
    for n in range(5):
        before = ids_by_place(tracker(scene(n), n / RATE))
    tracker(scene(5, shown=(False, False)), 5 / RATE)
    later = [ids_by_place(tracker(scene(n), 10 + n / RATE)) for n in range(5)][-1]
    assert set(later).isdisjoint(before) and -1 not in later
    tracker.reset()
    again = [ids_by_place(tracker(scene(n), n / RATE)) for n in range(5)][-1]
    assert again == before


def test_a_clock_that_stands_still(kind):
    tracker = PoseTracker(kind)
    found = [ids_by_place(tracker(scene(n), 7.0)) for n in range(5)]
    assert -1 not in found[-1]


def test_what_is_missing_is_said(monkeypatch):
    with pytest.raises(ModelError, match='unknown tracker sort; choose from bytetrack, ocsort'):
        PoseTracker('sort')
    monkeypatch.setitem(sys.modules, 'trackers', None)
    with pytest.raises(ModelError, match='pip install trackers supervision'):
        PoseTracker('bytetrack')
