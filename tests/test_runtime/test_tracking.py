"""Two people who pass each other, with what detectors do: other orders, low scores, gaps."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from mmpose_lrfg.cli import predict
from mmpose_lrfg.runtime import COCO, ModelError, Poses, PoseTracker, Skeleton
from mmpose_lrfg.runtime.tracking import HIGH_ONLY, TRACKERS, PoseSimilarity

AFTER_TWO = ('ByteTrackTracker', 'OCSORTTracker', 'SORTTracker')


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


@pytest.fixture(params=TRACKERS)
def kind(request):
    pytest.importorskip('trackers', reason='trackers is not installed')
    return request.param


@pytest.mark.parametrize('step', [1, 2])
def test_people_keep_their_ids(kind, step):
    found = follow(PoseTracker(kind), range(0, 60, step))
    assert found[0] == ((-1, -1) if TRACKERS[kind] in AFTER_TWO else (0, 1))
    assert set(found[4:]) == {found[-1]} and sorted(found[-1]) == [0, 1]


def test_low_scores_continue_tracks_but_make_nobody_new(kind):
    tracker = PoseTracker(kind, score_thr=0.3)
    assert tracker.detect_thr == (0.3 if kind in HIGH_ONLY else 0.1)
    known = follow(tracker, range(5))[-1]
    if kind not in HIGH_ONLY:
        assert follow(tracker, [5], scores=(0.9, 0.15))[0] == known
    assert follow(tracker, range(6, 10))[-1] == known
    fresh = follow(PoseTracker(kind), range(5), scores=(0.2, 0.2))
    assert fresh == [(None, None)] * 5


def meeting(kind, score=1.0, skeleton=COCO, frames=41):
    """Two people in boxes of one size meet, turn and go back; return ids first and last.

    One has all keypoints in the upper half of the box, the other in the lower half.
    """
    tracker, found = PoseTracker(kind), []
    corners = np.random.default_rng(0).uniform((0, 0), (50, 70), (len(skeleton), 2))
    for number in range(frames):
        x = 120.0 + 5 * abs(number - frames // 2) * np.array([-1, 1])
        boxes = np.stack([x, [10, 10], x + 50, [150, 150]], axis=1)
        points = boxes[:, None, :2] + corners + [[[0, 0]], [[0, 70]]]
        scores = np.full(points.shape[:2], score)
        found.append(
            tracker(Poses(boxes, [0.9, 0.9], points, scores, skeleton=skeleton), number / 25)
        )
    return found[1].ids.tolist(), found[-1].ids.tolist()


def test_keypoints_keep_identities_that_boxes_exchange():
    pytest.importorskip('trackers', reason='trackers is not installed')
    for kind in ('bytetrack', 'botsort'):
        before, after = meeting(kind)
        assert after == before[::-1]
    before, after = meeting('oks')
    assert after == before
    # Keypoints below the threshold do not count; unknown sigmas are those of COCO on average.
    before, after = meeting('oks', score=0.1)
    assert after == before[::-1]
    before, after = meeting('oks', skeleton=Skeleton.unnamed(5))
    assert after == before


def test_similarity_is_the_mean_of_iou_and_oks():
    keypoints = np.random.default_rng(0).uniform(0, 100, (1, 17, 2))
    last = Poses([[0, 0, 100, 100]], [1], keypoints, np.ones((1, 17)), ids=[4])
    other = Poses([[0, 0, 100, 100]], [1], keypoints + [6, 8], np.ones((1, 17)))
    similarity = PoseSimilarity(SimpleNamespace(compute=lambda a, b: np.array([[0.5]])))
    similarity.remember(last)
    box = np.array([10.0, 0, 110, 100])  # the track has moved by 10 pixels
    track = SimpleNamespace(tracker_id=4, get_state_bbox=lambda: box)
    similarity.start([track], other)
    # COCO's definition with k = 2 sigma, of doubled sigmas: a distance of (4, 8) remains.
    oks = np.exp(-80 / (2 * 100**2 * (4 * np.array(COCO.sigmas)) ** 2)).mean()
    found = similarity.compute(box[None], other.boxes.astype(float))
    np.testing.assert_allclose(found, [[(0.5 + oks) / 2]], rtol=1e-5)
    similarity.start([], other)
    assert not similarity.last


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
    with pytest.raises(ModelError, match='unknown tracker x; choose from oks, bytetrack'):
        PoseTracker('x')
    assert tuple(TRACKERS) == predict.TRACKERS
    monkeypatch.setitem(sys.modules, 'trackers', None)
    with pytest.raises(ModelError, match='pip install trackers supervision'):
        PoseTracker('bytetrack')
