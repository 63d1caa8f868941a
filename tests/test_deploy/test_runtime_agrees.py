"""What an exported file finds, run without torch, is what PyTorch finds."""

import copy
import importlib.util

import numpy as np
import pytest

from mmpose_lrfg.apis.predictor import PosePredictor
from mmpose_lrfg.runtime import COCO, ModelError, PoseEstimator
from mmpose_lrfg.runtime.engines import open_engine

needs_openvino = pytest.mark.skipif(
    not importlib.util.find_spec('openvino'), reason='openvino is not installed'
)
THRESHOLD = 0.1


@pytest.fixture(scope='module')
def expected(predictor, pictures):
    poses = PosePredictor(predictor.model, THRESHOLD)(pictures)
    assert all(1 < len(p) <= 100 for p in poses), [len(p) for p in poses]
    return poses


def numbers(poses):
    """Everything of each pose as (N, 6 + 3 K)."""
    points = np.dstack([poses.keypoints, poses.keypoint_scores]).reshape(len(poses), -1)
    return np.column_stack([poses.boxes, poses.scores, poses.labels, points])


def assert_same(found, expected):
    for a, b in zip(found, expected, strict=True):
        assert len(a) == len(b) and a.skeleton == b.skeleton
        # Equal scores may stand in either order: each has its nearest. Random networks multiply
        # rounding; a mistake is tens of pixels.
        gaps = np.abs(numbers(a)[:, None] - numbers(b)).max(axis=2)
        assert gaps.min(axis=0).max() < 1 and gaps.min(axis=1).max() < 1
        assert np.allclose(a.scores, b.scores, atol=1e-3)


@pytest.mark.parametrize(
    'options',
    [
        dict(),
        dict(uint8=True, dynamic=True),
        dict(nms='fixed', score_thr=THRESHOLD, batch_size=2),
        dict(nms='dynamic', score_thr=THRESHOLD, dynamic=True),
    ],
    ids=str,
)
def test_onnx(exported, pictures, expected, options):
    estimator = PoseEstimator(exported(**options), score_thr=THRESHOLD, threads=1)
    assert_same(estimator(pictures), expected)
    # One image gives one result.
    assert_same([estimator(pictures[1])], expected[1:2])


@pytest.mark.parametrize(
    'options',
    [
        dict(dynamic=True, uint8=True),
        dict(nms='fixed', score_thr=THRESHOLD, batch_size=2, wnms_thr=0.5),
        dict(nms='dynamic', score_thr=THRESHOLD, dynamic=True, wnms_thr=0.5),
    ],
    ids=str,
)
def test_weighted_nms(exported, predictor, pictures, expected, options):
    model = copy.deepcopy(predictor.model)
    model.test_cfg['wnms_thr'] = 0.5
    weighted = PosePredictor(model, THRESHOLD)(pictures)
    assert any(np.abs(a.keypoints - b.keypoints).max() > 1 for a, b in zip(weighted, expected))
    inside = 'wnms_thr' in options
    chosen = {} if inside else dict(wnms_thr=0.5)
    estimator = PoseEstimator(exported(**options), score_thr=THRESHOLD, threads=1, **chosen)
    assert estimator.metadata.wnms_thr == (0.5 if inside else 1.0)
    assert_same(estimator(pictures), weighted)
    # Without detections.
    empty = PoseEstimator(exported(**options), score_thr=1.0, threads=1, **chosen)
    assert [len(people) for people in empty(pictures)] == [0, 0, 0]


def test_half_precision(exported, pictures, expected):
    path = exported(half=True)
    assert path.stat().st_size < 0.6 * exported().stat().st_size
    found = PoseEstimator(path, score_thr=THRESHOLD)(pictures)
    for a, b in zip(found, expected):
        assert abs(a.scores[0] - b.scores[0]) < 0.02
        assert np.abs(a.boxes[0] - b.boxes[0]).max() < 2


@needs_openvino
@pytest.mark.parametrize('options', [dict(), dict(uint8=True, dynamic=True)], ids=str)
def test_openvino(exported, pictures, expected, options):
    path = exported(format='openvino', **options)
    assert path.with_suffix('.bin').is_file()
    estimator = PoseEstimator(path, score_thr=THRESHOLD, threads=1)
    assert_same(estimator(pictures), expected)


@needs_openvino
def test_openvino_runs_onnx_with_its_metadata(exported, pictures, expected):
    estimator = PoseEstimator(exported(), score_thr=THRESHOLD, runtime='openvino')
    assert_same(estimator(pictures), expected)


def test_metadata_of_a_file(exported):
    metadata = open_engine(exported(nms='fixed', score_thr=THRESHOLD, batch_size=2)).metadata
    assert metadata.skeleton == COCO and metadata.sigmas[:2] == (0.026, 0.025)
    expected = dict(
        size=(128, 128), name='tiny', pad_value=(114, 114, 114), divisor=64,
        score_thr=THRESHOLD, nms_thr=0.65, nms='fixed', batch=2,
    )  # fmt: skip
    assert {name: getattr(metadata, name) for name in expected} == expected


def test_options_that_do_not_fit_the_file(exported):
    fixed = exported(nms='fixed', score_thr=THRESHOLD, batch_size=2)
    for path, options, sentence in (
        (fixed, dict(score_thr=0.01), 'export it without --nms'),
        (fixed, dict(nms_thr=0.3), 'export it without --nms'),
        (fixed, dict(wnms_thr=0.5), 'export it without --nms'),
        (fixed, dict(max_per_img=500), 'export it without --nms'),
        (fixed, dict(img_size=(192, 192)), 'takes only 128 x 128'),
        (exported(uint8=True, dynamic=True), dict(img_size=(100, 128)), 'multiples of 64'),
    ):
        with pytest.raises(ModelError, match=sentence):
            PoseEstimator(path, **options)
