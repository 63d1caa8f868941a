"""The tables of trackers and of smoothing, on people and signals of known values."""

import json

import numpy as np
import pytest

from mmpose_lrfg.runtime import Poses

pytest.importorskip('trackers', reason='trackers is not installed')


def test_simulated_detections_have_the_stated_noise():
    from mmpose_lrfg.benchmark import tracking

    rng = np.random.default_rng(0)
    boxes = np.tile([100.0, 100, 200, 200], (4000, 1))
    points = np.full((4000, 17, 2), 150.0)
    truth = Poses(boxes, np.ones(4000), points, np.ones((4000, 17)), ids=np.arange(4000))
    found = tracking.simulate(truth, rng)
    assert len(found) == pytest.approx(4000 * 0.9 * 1.03, rel=0.02) and found.ids is None
    assert (found.boxes - boxes[0]).std() == pytest.approx(3, rel=0.02)
    assert (found.keypoints[:, 11] - 150).std() == pytest.approx(0.7 * 10.7, rel=0.05)


def test_perfect_detections_have_perfect_metrics_and_exchanged_ones_do_not():
    from mmpose_lrfg.benchmark import tracking

    def frame(n, swap=False):
        boxes = np.array([[10.0 + n, 10, 60 + n, 110], [300 - n, 10, 350 - n, 110]])
        points = np.repeat(boxes[:, None, :2], 17, axis=1)
        poses = Poses(boxes, [0.9, 0.9], points, np.ones((2, 17)), ids=[0, 1])
        return (
            Poses(boxes[::-1], [0.9, 0.9], points[::-1], np.ones((2, 17)), ids=[0, 1])
            if swap
            else poses
        )

    seconds, images = [n / 25 for n in range(20)], [np.zeros((120, 400, 3), np.uint8)] * 20
    right = [frame(n) for n in range(20)]
    video = tracking.Video(images, seconds, right, right)
    row = tracking.compare_trackers(iter([video]), ['oks'], 0.3).rows[0]
    assert row['HOTA'] == row['IDF1'] == row['MOTA'] == 1 and row['IDSW'] == 0
    truth = [frame(n, swap=n >= 10) for n in range(20)]
    video = tracking.Video(images, seconds, truth, right)
    row = tracking.compare_trackers(iter([video]), ['oks'], 0.3).rows[0]
    assert row['IDF1'] == 0.5 and row['IDSW'] == 2 and row['DetA'] == 1


def test_errors_jitter_and_lag_of_known_signals():
    from mmpose_lrfg.benchmark.smoothing import Differences

    time = np.arange(40) / 25
    true = np.zeros((40, 17, 2))
    true[..., 0] = 500 * time[:, None]
    sizes = np.full((40, 1, 1), 100.0)
    late = Differences([], [])
    late.add(true - [20, 0], true, sizes, 1 / 25)
    assert late.summary() == pytest.approx(dict(error=20, median=20, jitter=0, lag=40), abs=1e-6)
    trembling = Differences([], [])
    hidden = np.where(np.arange(17)[:, None] == 3, np.nan, true)
    trembling.add(true + [[[0, (-1) ** n]] for n in range(40)], hidden, sizes, 1 / 25)
    found = trembling.summary()
    assert found == pytest.approx(dict(error=1, median=1, jitter=4, lag=0), abs=1e-6)


def test_command(run_tool, tmp_path):
    out = tmp_path / 'a.json', tmp_path / 'a.md'
    argv = ('--simulate', '--videos', 1, '--frames', 9, '--track', 'oks', 'sort')
    assert run_tool('benchmark tracking', *argv, '--json', out[0], '--markdown', out[1]) == 0
    rows = json.loads(out[0].read_text())
    assert [row['tracker'] for row in rows] == ['oks', 'sort'] and 0 < rows[0]['HOTA'] < 1
    assert '| oks |' in out[1].read_text()
    assert run_tool('benchmark tracking', *argv, '--smooth', '--json', out[0]) == 0
    none, causal, offline = json.loads(out[0].read_text())
    assert offline['jitter, %'] < causal['jitter, %'] < none['jitter, %']
    nobody = ('--simulate', '--videos', 1, '--frames', 2, '--score-thr', 1)
    assert run_tool('benchmark tracking', *nobody, '--json', out[0]) == 0
    assert json.loads(out[0].read_text())[0]['HOTA'] == 0
    assert run_tool('benchmark tracking', *nobody, '--smooth') == 2
    assert run_tool('benchmark tracking', '--simulate', '--weights', 's6') == 2
